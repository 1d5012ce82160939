/** The edges of a page. Everything is probed, nothing is assumed: also right in workers and in Node. */
import { localCoordinator, webCoordinator } from './coordinators.js';
import { fetchTransport } from './fetch.js';
import { memoryStorage } from './storages.js';
import type { Coordinator, Edges, Env, Storage as Store } from './edges.js';

/** Options of {@link browserEdges}. */
export interface BrowserEdgesOptions {
  /**
   * Where the session is kept: `local` (all tabs, the default), `session` (this tab only), `memory`
   * (gone on reload). Cookie delivery wants `local`: it is where an offline sign-out is remembered.
   */
  readonly storage?: 'local' | 'session' | 'memory';
  /** The client's `name`, where it is not the default. */
  readonly name?: string;
}

/** Transport, storage, coordinator and environment of a browser page; in Node, memory and `fetch`. */
export function browserEdges(options: BrowserEdgesOptions = {}): Edges {
  const { storage = 'local', name = 'tally' } = options;
  return {
    transport: fetchTransport(),
    storage: webStorage(storage),
    // A tab that was duplicated has a copy of its session storage, and hears of what its twin does.
    coordinator: storage === 'memory' ? localCoordinator() : pageCoordinator(name),
    env: browserEnv(),
  };
}

/**
 * A web storage by name; memory outside of pages. One that the page may not use throws, so that the
 * client can say so and keep its session in memory.
 */
export function webStorage(kind: 'local' | 'session' | 'memory'): Store {
  if (kind === 'memory' || typeof window === 'undefined') return memoryStorage();
  const area = (): Storage => {
    const found = areaOf(kind);
    if (!found) throw new Error('No storage.');
    return found;
  };
  return {
    shared: kind === 'local',
    get: (key) => area().getItem(key),
    set: (key, value) => {
      area().setItem(key, value);
    },
    remove: (key) => {
      area().removeItem(key);
    },
  };
}

/** Even reading the property throws where storage is blocked. */
function areaOf(kind: 'local' | 'session'): Storage | undefined {
  try {
    const page = typeof window === 'undefined' ? undefined : window;
    return kind === 'local' ? page?.localStorage : page?.sessionStorage;
  } catch {
    return undefined;
  }
}

function pageCoordinator(name: string): Coordinator {
  const page = typeof window === 'undefined' ? undefined : window;
  if (!page) return localCoordinator();
  return webCoordinator({
    name,
    locks: (page.navigator as Partial<Navigator>).locks,
    store: areaOf('local'),
    channel: typeof BroadcastChannel === 'undefined' ? undefined : BroadcastChannel,
    target: page,
  });
}

const WAKING: readonly [on: 'document' | 'window', event: string][] = [
  ['document', 'visibilitychange'],
  ['window', 'pageshow'],
  ['window', 'online'],
  ['window', 'focus'],
];

/** Clock, timers, chance and circumstances of a page. */
export function browserEnv(): Env {
  const page = typeof document === 'undefined' ? undefined : document;
  return {
    now: () => Date.now(),
    monotonic: () => (typeof performance === 'undefined' ? Date.now() : performance.now()),
    later(ms, task, idle) {
      const timer: unknown = setTimeout(task, ms);
      if (idle) (timer as { unref?: () => void }).unref?.();
      return () => {
        clearTimeout(timer as number);
      };
    },
    random: () => Math.random(),
    randomBytes,
    visible: () => page?.visibilityState !== 'hidden',
    onWake(listener) {
      if (!page) return () => undefined;
      const targets = { document: page, window };
      const heard = (): void => {
        if (page.visibilityState !== 'hidden') listener();
      };
      for (const [on, event] of WAKING) targets[on].addEventListener(event, heard);
      return () => {
        for (const [on, event] of WAKING) targets[on].removeEventListener(event, heard);
      };
    },
    ...(page && {
      readCookie: (name: string) => cookieOf(page, name),
      writeCookie(name: string, value: string) {
        const secure = location.protocol === 'https:' ? '; secure' : '';
        page.cookie = `${name}=${value}; path=/; max-age=2592000; samesite=strict${secure}`;
      },
    }),
    origin: typeof location === 'undefined' || location.origin === 'null' ? '' : location.origin,
  };
}

function cookieOf(page: Document, name: string): string | null {
  const found = page.cookie.split('; ').find((pair) => pair.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1).replace(/^"|"$/g, '');
}

/**
 * Random bytes. The fallback without `crypto.getRandomValues` is weak, and good enough: what is made of
 * them is no credential, it only has to differ between installs.
 */
export function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  if (typeof crypto !== 'undefined') return crypto.getRandomValues(bytes);
  return bytes.map(() => Math.floor(Math.random() * 256));
}
