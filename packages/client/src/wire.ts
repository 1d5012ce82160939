/** Sends one request with a limit of time and turns every failure into an error of ours. */
import { cancelled, inTime } from './cancel.js';
import { fieldsOf } from './core/answers.js';
import { TransientError } from './errors.js';
import type { TransportRequest, TransportResponse } from './edges.js';
import type { AuthError } from './errors.js';
import type { Tab } from './tab.js';
import type { CancelSignal } from './types.js';

/** A request of the core's own making; see {@link TransportRequest} for the fields. */
export interface Sending extends Partial<Omit<TransportRequest, 'onCancel'>> {
  readonly url: string;
  readonly timeoutMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
}

/**
 * What the platform says of its failure. Its error may carry the whole request: of that nothing is
 * passed on but name and message, without the headers' `values` and without queries.
 */
function hintOf(error: unknown, values: readonly string[]): string {
  const { name, message, cause, errMsg } = fieldsOf(error);
  const { code, message: reason } = fieldsOf(cause);
  const told = [name, message ?? errMsg, code ?? reason].filter((text) => typeof text === 'string');
  let hint = told.join(': ').replace(/[?#]\S*/g, '');
  for (const value of values) if (value.length > 7) hint = hint.split(value).join('…');
  return hint;
}

/** How long an answer is waited for, where nothing else is said. */
const REQUEST_MS = 30_000;

/** Hands a request to the transport, and turns its failure into one of ours. */
async function handOver(tab: Tab, request: TransportRequest): Promise<TransportResponse> {
  try {
    return await tab.options.transport.send(request);
  } catch (error) {
    const hint = hintOf(error, Object.values(request.headers));
    throw new TransientError('network_error', undefined, { hint });
  }
}

/**
 * Sends a request. It hands the request to the transport before it first yields, so what was read from
 * the store in the same turn is still true; it settles even if the transport never does.
 */
export async function send(tab: Tab, sending: Sending): Promise<TransportResponse> {
  const { timeoutMs = REQUEST_MS, signal, method = 'GET', url, ...request } = sending;
  const told = (outcome: unknown): void => {
    // The query is the application's own and may hold what it should not.
    tab.log(`${method} ${url.replace(/[?#][^]*$/, '')} -> ${String(outcome)}`);
  };
  const aborts: (() => void)[] = [];
  const sent = handOver(tab, {
    headers: {},
    credentials: 'same-origin',
    keepalive: false,
    responseType: 'auto',
    redirect: 'manual',
    ...request,
    ...{ method, url },
    onCancel: (abort) => void aborts.push(abort),
  });
  try {
    const answer = await inTime(tab.env, timeoutMs, sent, [tab.disposed, signal], (index) => {
      // A sign-out on its way is not called back because the page goes.
      if (index !== 1 || !sending.keepalive) for (const abort of aborts) abort();
      if (index === 0) return new TransientError('timeout', undefined, { hint: `${timeoutMs} ms` });
      return cancelled(index === 1);
    });
    told(answer.status);
    return answer;
  } catch (error) {
    told((error as AuthError).code);
    throw error;
  }
}

/** Calls `path` below `/api/auth/`: a POST with our cookies or none, unless `sending` says otherwise. */
export function ask(
  tab: Tab,
  path: string,
  { headers, ...sending }: Partial<Sending> = {},
): Promise<TransportResponse> {
  const { language } = tab.options;
  return send(tab, {
    method: 'POST',
    url: `${tab.base}/api/auth/${path}`,
    credentials: tab.cookies ? 'include' : 'omit',
    ...sending,
    headers: {
      Accept: 'application/json',
      ...(language && { 'Accept-Language': language() }),
      ...(sending.body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
  });
}
