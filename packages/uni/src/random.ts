import { randomBytes } from '@tigertally/client';
import { isBuffer } from './transport.js';

declare const uni: {
  readonly getRandomValues?: (options: {
    readonly length: number;
    readonly success: (answer: { readonly randomValues?: unknown }) => void;
    readonly fail: () => void;
  }) => unknown;
};

/** Random bytes at once, from a platform that hands them out only later. */
export interface RandomPool {
  /** Cryptographic while the pool lasts, see {@link createRandomPool}. */
  bytes(count: number): Uint8Array;
  /** Settles when there are bytes, or there will be none. Never rejects. */
  readonly filled: Promise<void>;
}

const POOL_BYTES = 512;
const PATIENCE_MS = 300;

/**
 * Fetches a stock of `wx.getRandomValues` (base library 2.19.0), which answers asynchronously, while
 * the core needs bytes at once.
 *
 * Where the platform has none, or is slow, `crypto.getRandomValues` stands in, and without that
 * `Math.random`. That is weak, and good enough: what is made of the bytes is no credential, it only
 * has to differ between installs.
 */
export function createRandomPool(): RandomPool {
  let pool = new Uint8Array(0);
  let fetching = false;
  const fill = (done: () => void): void => {
    const fetch = uni.getRandomValues;
    if (typeof fetch !== 'function') {
      done();
      return;
    }
    fetching = true;
    const settle = (answer?: { readonly randomValues?: unknown }): void => {
      fetching = false;
      if (isBuffer(answer?.randomValues)) pool = new Uint8Array(answer.randomValues);
      done();
    };
    fetch({
      length: POOL_BYTES,
      success: settle,
      fail: () => {
        settle();
      },
    });
  };
  const filled = new Promise<void>((resolve) => {
    setTimeout(resolve, PATIENCE_MS);
    fill(resolve);
  });
  return {
    filled,
    bytes(count) {
      if (pool.length < count) return randomBytes(count);
      const taken = pool.slice(0, count);
      pool = pool.slice(count);
      if (pool.length < POOL_BYTES / 4 && !fetching) fill(() => undefined);
      return taken;
    },
  };
}
