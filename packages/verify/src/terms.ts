/** What a verifier is told at its start, and the figures that it keeps to. Durations are seconds. */
import { SetupError } from './errors.js';
import { ServiceKey } from './service_key.js';

/** After so long a question counts as unanswered, and a request is refused. */
export const PATIENCE = 0.5;

/** No question is sent for so long after one that failed. */
export const PAUSE = 0.2;

/** Between two requests for the key set. */
export const KEYS_PAUSE = 1;

/** Bytes of an answer; a page of the feed has some 500,000. */
export const ANSWER_MAX = 2 * 1024 * 1024;

/** By so much our clock and the service's may differ before the service's counts. */
export const CLOCK_TRUST = 2;

const SILENCE = 0.25;
const SILENCE_MAX = 60;

/** Whom a verifier asks, and which tokens it accepts. */
export interface VerifierOptions {
  /** The address of the sign-in service, such as `https://id.example.com`. */
  readonly url: string;
  /** What `tigertally services add NAME` printed. */
  readonly serviceKey: string;
  /** Of the tokens; by default the `url`. */
  readonly issuer?: string | undefined;
  /** Of the tokens; by default the issuer. */
  readonly audience?: string | undefined;
  /** Where the service's API begins; `/api` by default. */
  readonly api?: string | undefined;
  /** The age (seconds) of evidence that is relied on; 0.25 by default. The service may want less. */
  readonly silence?: number | undefined;
  /** `until_expiry` lets ended sessions in while nobody answers; `refuse` is the default. */
  readonly onSilence?: 'refuse' | 'until_expiry' | undefined;
}

/** Options that were checked. */
export interface Terms {
  readonly url: string;
  readonly key: ServiceKey;
  readonly issuer: string;
  readonly audience: string;
  readonly api: string;
  readonly silence: number;
  readonly trusting: boolean;
}

/** Checks options. Throws {@link SetupError}. */
export function readTerms(options: VerifierOptions): Terms {
  const url = addressOf(options.url);
  const { silence = SILENCE, onSilence = 'refuse', api = '/api' } = options;
  const key = typeof options.serviceKey === 'string' && ServiceKey.read(options.serviceKey.trim());
  if (!key)
    throw new SetupError(
      'invalid service key',
      'use the line that `tigertally services add NAME` printed: svc_<id>_<key>',
    );
  if (!(silence > 0 && silence <= SILENCE_MAX))
    throw new SetupError(
      `a silence of ${silence} s is not possible`,
      `use seconds above 0, up to ${SILENCE_MAX}`,
    );
  if (!['refuse', 'until_expiry'].includes(onSilence))
    throw new SetupError(`onSilence: '${onSilence}' is unknown`, "use 'refuse' or 'until_expiry'");
  const issuer = options.issuer ?? url;
  const audience = options.audience ?? issuer;
  return { url, key, issuer, audience, api, silence, trusting: onSilence === 'until_expiry' };
}

/** An address as it is compared with tokens: spelled as it was given, without a slash at its end. */
function addressOf(given: unknown): string {
  const text = String(given).replace(/\/+$/, '');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fits = url && /^https?:$/.test(url.protocol) && url.port !== '0';
  if (!fits || url.search || url.hash || url.username || url.password)
    throw new SetupError(
      `'${text}' is no address of a service`,
      'use one like https://id.example.com',
    );
  return text;
}
