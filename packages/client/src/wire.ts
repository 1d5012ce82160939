/** Sends one request with a limit of time and turns every failure into an error of ours. */
import { fieldsOf } from './answers.js';
import { RequestError, TransientError } from './errors.js';
import type { AuthError } from './errors.js';
import type { Env, Transport, TransportRequest, TransportResponse } from './edges.js';
import type { CancelSignal } from './types.js';

/** A {@link CancelSignal} with its trigger, for places without `AbortController`. */
export interface Cancel extends CancelSignal {
  readonly cancel: () => void;
}

/** Makes a signal that has not fired. */
export function createCancel(): Cancel {
  const listeners = new Set<() => void>();
  let aborted = false;
  return {
    get aborted() {
      return aborted;
    },
    addEventListener: (_type, listener) => void listeners.add(listener),
    removeEventListener: (_type, listener) => void listeners.delete(listener),
    cancel() {
      aborted = true;
      for (const listener of listeners) listener();
      listeners.clear();
    },
  };
}

/** `promise`, unless `signal` fires first: then `otherwise()` rejects and `promise` goes on unheard. */
export async function unlessCancelled<T>(
  promise: Promise<T>,
  signals: readonly (CancelSignal | undefined)[],
  otherwise: (index: number) => AuthError,
): Promise<T> {
  const undo: (() => void)[] = [];
  try {
    return await new Promise<T>((resolve, reject) => {
      promise.then(resolve, reject);
      signals.forEach((signal, index) => {
        const give = (): void => {
          reject(otherwise(index));
        };
        if (signal?.aborted) give();
        signal?.addEventListener('abort', give);
        undo.push(() => signal?.removeEventListener('abort', give));
      });
    });
  } finally {
    for (const each of undo) each();
  }
}

/** A request of the core's own making; see {@link TransportRequest} for the fields. */
export interface Sending extends Partial<Omit<TransportRequest, 'onCancel'>> {
  readonly url: string;
  readonly timeoutMs: number;
  readonly signal?: CancelSignal | undefined;
}

/** See {@link createWire}. */
export type Wire = (sending: Sending) => Promise<TransportResponse>;

/** Calls `path` below `/api/auth/`: a POST with our cookies or none, unless `sending` says otherwise. */
export type Ask = (path: string, sending?: Partial<Sending>) => Promise<TransportResponse>;

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

/**
 * Makes the function that sends. It hands the request to the transport before it first yields, so what
 * was read from the store in the same turn is still true; it settles even if the transport never does.
 */
export function createWire(
  transport: Transport,
  env: Env,
  disposed: CancelSignal,
  log: (message: string) => void,
): Wire {
  return (sending) => {
    const { timeoutMs, signal, ...request } = sending;
    // The query is the application's own and may hold what it should not.
    const path = request.url.replace(/[?#][^]*$/, '');
    const late = createCancel();
    const stop = env.later(timeoutMs, late.cancel);
    const aborts: (() => void)[] = [];
    const sent = new Promise<TransportResponse>((resolve) => {
      resolve(
        transport.send({
          method: 'GET',
          headers: {},
          credentials: 'same-origin',
          keepalive: false,
          responseType: 'auto',
          redirect: 'manual',
          ...request,
          onCancel: (abort) => void aborts.push(abort),
        }),
      );
    }).catch((error: unknown) => {
      const hint = hintOf(error, Object.values(request.headers ?? {}));
      throw new TransientError('network_error', undefined, { hint });
    });
    return unlessCancelled(sent, [late, disposed, signal], (index) => {
      // A sign-out on its way is not called back because the page goes.
      if (index !== 1 || !sending.keepalive) for (const abort of aborts) abort();
      if (index === 0) return new TransientError('timeout', undefined, { hint: `${timeoutMs} ms` });
      return cancelled(index === 1);
    })
      .then(
        (answer) => {
          log(`${request.method ?? 'GET'} ${path} -> ${answer.status}`);
          return answer;
        },
        (error: unknown) => {
          log(`${request.method ?? 'GET'} ${path} -> ${(error as AuthError).code}`);
          throw error;
        },
      )
      .finally(stop);
  };
}

/** The error of a request that was given up here. */
export function cancelled(disposed: boolean): AuthError {
  return new RequestError(disposed ? 'disposed' : 'aborted');
}
