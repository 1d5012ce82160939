/** The edges of a mini program. In a browser (H5), the core's own `browserEdges()` are the right ones. */
import { localCoordinator } from '@tigertally/client';
import type { Edges, Env, Storage } from '@tigertally/client';
import { uniTransport } from './transport.js';

declare const uni: {
  getStorageSync(key: string): unknown;
  setStorageSync(key: string, value: string): void;
  removeStorageSync(key: string): void;
  readonly onAppShow?: (listener: () => void) => void;
  readonly offAppShow?: (listener: () => void) => void;
  readonly onAppHide?: (listener: () => void) => void;
  readonly offAppHide?: (listener: () => void) => void;
  readonly onNetworkStatusChange?: (listener: (now: NetworkStatus) => void) => void;
  readonly offNetworkStatusChange?: (listener: (now: NetworkStatus) => void) => void;
};

interface NetworkStatus {
  readonly isConnected: boolean;
}

/** Transport, storage and environment over `uni.*`. There is one page context, so nobody to take turns with. */
export function uniEdges(randomBytes: Env['randomBytes']): Edges {
  return {
    transport: uniTransport(),
    storage: uniStorage(),
    coordinator: localCoordinator(),
    env: uniEnv(randomBytes),
  };
}

/** The platform's storage, which each WeChat user has to themselves. What is missing is `''` there. */
export function uniStorage(): Storage {
  return {
    get(key) {
      const value = uni.getStorageSync(key);
      return typeof value === 'string' && value !== '' ? value : null;
    },
    set: (key, value) => {
      uni.setStorageSync(key, value);
    },
    remove: (key) => {
      uni.removeStorageSync(key);
    },
  };
}

/** Clock, timers and circumstances of a mini program. */
export function uniEnv(randomBytes: Env['randomBytes']): Env {
  let visible = true;
  return {
    now: () => Date.now(),
    monotonic: steadyClock(),
    later(ms, task) {
      const timer = setTimeout(task, ms);
      return () => {
        clearTimeout(timer);
      };
    },
    random: () => Math.random(),
    randomBytes,
    visible: () => visible,
    onWake(listener) {
      const shown = (): void => {
        visible = true;
        listener();
      };
      const hidden = (): void => {
        visible = false;
      };
      const network = ({ isConnected }: NetworkStatus): void => {
        if (isConnected) listener();
      };
      uni.onAppShow?.(shown);
      uni.onAppHide?.(hidden);
      uni.onNetworkStatusChange?.(network);
      return () => {
        uni.offAppShow?.(shown);
        uni.offAppHide?.(hidden);
        uni.offNetworkStatusChange?.(network);
      };
    },
    origin: '',
  };
}

/**
 * Milliseconds that never go back. Mini programs have no monotonic clock, so the wall clock's steps are
 * added up and those backwards left out; a step forwards counts, like time slept.
 */
function steadyClock(): () => number {
  let seen = Date.now();
  let total = 0;
  return () => {
    const now = Date.now();
    total += Math.max(0, now - seen);
    seen = now;
    return total;
  };
}
