/**
 * How tabs take turns and hear of each other, from best to simplest: Web Locks and BroadcastChannel;
 * a lease and storage events, for plain-http origins and old browsers; nothing but this process.
 */
import type { Coordinator, Lease, TabSignal } from './edges.js';

type Listener = (signal: TabSignal | null) => void;

/** For one client alone, and for tests and servers: turns within this coordinator, no other tabs. */
export function localCoordinator(): Coordinator {
  let tail: Promise<void> = Promise.resolve();
  let queued = 0;
  return {
    acquire() {
      const contended = queued++ > 0;
      let release = (): void => undefined;
      const before = tail;
      tail = new Promise<void>((resolve) => {
        release = () => {
          queued--;
          release = () => undefined;
          resolve();
        };
      });
      return before.then(() => ({
        contended,
        release: () => {
          release();
        },
      }));
    },
    post: () => undefined,
    subscribe: () => () => undefined,
    close: () => undefined,
  };
}

/** Locks with the Web Locks API, where the page has it (secure contexts only). */
export async function webLock(
  locks: LockManager,
  name: string,
  waitMs: number,
): Promise<Lease | null> {
  const free = await holdLock(locks, name, { ifAvailable: true });
  if (free) return { contended: false, release: free };
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, waitMs);
  try {
    const release = await holdLock(locks, name, { signal: controller.signal });
    return release && { contended: true, release };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** The function that lets the lock go, or `null` if it was not granted. */
function holdLock(
  locks: LockManager,
  name: string,
  options: LockOptions,
): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    locks
      .request(name, options, (lock) => {
        if (lock === null) {
          resolve(null);
          return undefined;
        }
        return new Promise<void>((release) => {
          resolve(release);
        });
      })
      .catch(reject);
  });
}

const LEASE_MS = 10_000;
const POLL_MS = 100;
const VERIFY_MS = 30;

/**
 * A lease in `localStorage`: written, and trusted only if it is still there a moment later. One that
 * ran out (its tab crashed or was frozen) is free; two holders cost a request, never a session.
 */
export async function leaseLock(
  store: Storage,
  name: string,
  waitMs: number,
): Promise<Lease | null> {
  const mine = Math.random().toString(36).slice(2);
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const read = (): { owner: string; until: number } => {
    const [owner = '', until = '0'] = (store.getItem(name) ?? '').split(' ');
    // A lease further away than it can be was written under another clock.
    const ends = Number(until) || 0;
    return { owner, until: ends > Date.now() + LEASE_MS ? 0 : ends };
  };
  const release = (): void => {
    if (read().owner === mine) store.removeItem(name);
  };
  let contended = false;
  for (let waited = 0; waited < waitMs; waited += POLL_MS) {
    if (read().until < Date.now()) {
      store.setItem(name, `${mine} ${Date.now() + LEASE_MS}`);
      await pause(VERIFY_MS);
      if (read().owner === mine) return { contended, release };
    }
    contended = true;
    await pause(POLL_MS * (0.5 + Math.random()));
  }
  return null;
}

/** Where a page's tabs meet; each part may be missing. */
export interface MeetingPlace {
  readonly name: string;
  readonly locks?: LockManager | undefined;
  readonly store?: Storage | undefined;
  readonly channel?: typeof BroadcastChannel | undefined;
  /** What `storage` events arrive at. */
  readonly target?: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> | undefined;
}

/** Puts together what the page has. */
export function webCoordinator(place: MeetingPlace): Coordinator {
  const { name, locks, store, target } = place;
  const local = localCoordinator();
  const bell = `${name}.signal`;
  const listeners = new Set<Listener>();
  const tell = (signal: TabSignal | null): void => {
    for (const listener of listeners) listener(signal);
  };
  const channel = openChannel(place, tell);
  const onStorage = (event: Event): void => {
    const { key, newValue } = event as StorageEvent;
    if (key === bell) tell(parseSignal(newValue));
    else if (key === null || key === `${name}.session` || key === `${name}.logout`) tell(null);
  };
  target?.addEventListener('storage', onStorage);
  return {
    acquire(lock, waitMs) {
      if (locks) return webLock(locks, lock, waitMs);
      if (store) return leaseLock(store, lock, waitMs);
      return local.acquire(lock, waitMs);
    },
    post(signal) {
      if (channel) channel.postMessage(signal);
      // The time makes equal signals different: a storage event is sent for changes only.
      else store?.setItem(bell, JSON.stringify({ ...signal, at: Date.now() }));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      channel?.close();
      target?.removeEventListener('storage', onStorage);
      listeners.clear();
    },
  };
}

function openChannel(
  { channel: Channel, name }: MeetingPlace,
  tell: Listener,
): BroadcastChannel | null {
  if (!Channel) return null;
  try {
    const channel = new Channel(name);
    channel.onmessage = (event: MessageEvent<TabSignal>) => {
      tell(event.data);
    };
    return channel;
  } catch {
    return null;
  }
}

function parseSignal(text: string | null): TabSignal | null {
  try {
    return text === null ? null : (JSON.parse(text) as TabSignal);
  } catch {
    return null;
  }
}
