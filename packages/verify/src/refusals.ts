/** What a service answers to a caller whom it does not let in: as the sign-in service would. */
import { randomBytes } from 'node:crypto';
import { RefusedError } from './errors.js';
import type { Language } from './languages.js';
import { negotiate } from './languages.js';
import type { Log } from './telling.js';
import { REASONS, REFUSALS } from './words.generated.js';

/** An answer: its status, headers and JSON. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The token of an `Authorization` header (RFC 6750 §2.1). Throws {@link RefusedError}. */
export function bearer(authorization: string | undefined): string {
  const [, scheme, token] = /^([^ ]*) (.*)$/s.exec(authorization ?? '') ?? [];
  const found = token?.trim();
  if (scheme?.toLowerCase() !== 'bearer' || !found) throw new RefusedError('token_missing');
  return found;
}

/** The answer to a refused caller, in the language of the request. Throws what is no refusal. */
export function refusalOf(error: unknown, acceptLanguage: string | undefined, log: Log): Refusal {
  if (!(error instanceof RefusedError)) throw error;
  const { code, reason } = error;
  const { status } = REFUSALS[code];
  const evidence: Record<string, string> = reason === undefined ? {} : { reason };
  if (code === 'verifier_unavailable') {
    // The caller gets the id, the operator the cause.
    const id = randomBytes(8).toString('hex');
    evidence['request_id'] = id;
    log.warn(`tigertally: request ${id} cannot be checked: ${error.message}`);
  }
  const message = messageOf(error, negotiate(acceptLanguage));
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    Vary: 'Accept-Language',
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
  };
  return { status, headers, body: `${JSON.stringify({ code, message, status, ...evidence })}\n` };
}

function messageOf({ code, reason }: RefusedError, language: Language): string {
  if (reason !== undefined && Object.hasOwn(REASONS, reason))
    return REASONS[reason as keyof typeof REASONS][language];
  return REFUSALS[code][language];
}
