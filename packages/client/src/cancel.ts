/** Giving up what is waited for, on platforms without `AbortController` too. */
import { RequestError } from './errors.js';
import type { Env } from './edges.js';
import type { AuthError } from './errors.js';
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

/** `promise`, unless `ms` pass or a signal fires first: then `otherwise` of 0, or of its place from 1. */
export function inTime<T>(
  env: Env,
  ms: number,
  promise: Promise<T>,
  signals: readonly (CancelSignal | undefined)[],
  otherwise: (index: number) => AuthError,
): Promise<T> {
  const late = createCancel();
  const stop = env.later(ms, late.cancel);
  return unlessCancelled(promise, [late, ...signals], otherwise).finally(stop);
}

/** The error of a request that was given up here. */
export function cancelled(disposed: boolean): AuthError {
  return new RequestError(disposed ? 'disposed' : 'aborted');
}

/** `env` whose timers end with the client. */
export function mortal(env: Env, disposed: Cancel): Env {
  return Object.assign(Object.create(env) as Env, {
    later(ms: number, task: () => void, idle?: boolean) {
      if (disposed.aborted) return () => undefined;
      const begin = (): void => {
        stop();
        task();
      };
      const cancel = env.later(ms, begin, idle);
      const stop = (): void => {
        disposed.removeEventListener('abort', stop);
        cancel();
      };
      disposed.addEventListener('abort', stop);
      return stop;
    },
  });
}
