/** A browser with tabs: one cookie jar, one storage that others see late, locks and a channel. */
import { createAuthClient } from '../../src/index.js';
import type {
  AuthClient,
  AuthClientOptions,
  AuthEvents,
  Coordinator,
  Env,
  Lease,
  Storage,
  TabSignal,
  Transport,
  TransportRequest,
} from '../../src/index.js';
import type { Call, FakeServer } from './server.js';
import type { World } from './world.js';

export interface BrowserOptions {
  readonly delivery?: 'cookie' | 'body';
  /** Milliseconds until a write is seen by other tabs. */
  readonly staleMs?: number;
  readonly locks?: 'web' | 'missing' | 'throwing' | 'null' | 'never';
  /** Milliseconds a signal takes to the other tabs; `null`: none arrives. */
  readonly bellMs?: number | null;
}

interface Write {
  readonly tab: number;
  readonly at: number;
  readonly key: string;
  readonly value: string | null;
}

/** Runs a task in a page, now or when the page runs again. */
type Arrive = (task: () => void) => void;

export const ORIGIN = 'https://app.example';
/** The same service under a foreign name; what its cookies say, the page cannot read. */
export const API = 'https://api.elsewhere.example';

export function createBrowser(world: World, server: FakeServer, options: BrowserOptions = {}) {
  const { delivery = 'body', locks = 'web', bellMs = 1 } = options;
  const writes: Write[] = [];
  const jar: Record<string, string> = {};
  const apiJar: Record<string, string> = {};
  const listeners = new Map<number, (signal: TabSignal | null) => void>();
  const queue: (() => void)[] = [];
  let held = false;
  let tabs = 0;

  const browser = {
    jar,
    apiJar,
    delivery,
    staleMs: options.staleMs ?? 0,
    /** Keeps no new cookies of {@link API}, which is another site. */
    blocksThirdParties: false,
    /** What an up-to-date reader finds. */
    stored: (key: string): string | null =>
      writes.filter((write) => write.key === key).at(-1)?.value ?? null,
    put(key: string, value: string | null) {
      writes.push({ tab: 0, at: 0, key, value });
    },
    locked: () => held,
    tab: openTab,
    /** The storage as one more tab has it. */
    storage: () => storageOf(++tabs),
  };

  const storageOf = (tab: number): Storage => {
    const write = (key: string, value: string | null): void => {
      writes.push({ tab, at: world.now(), key, value });
    };
    return {
      get: (key) =>
        writes
          .filter((each) => each.key === key)
          .filter((each) => each.tab === tab || each.at + browser.staleMs <= world.now())
          .at(-1)?.value ?? null,
      set: write,
      remove: (key) => {
        write(key, null);
      },
    };
  };

  const grant = (contended: boolean): Lease => {
    held = true;
    let open = true;
    return {
      contended,
      release() {
        if (!open) return;
        open = false;
        held = false;
        queue.shift()?.();
      },
    };
  };
  const acquire = (waitMs: number): Promise<Lease | null> => {
    if (locks === 'throwing') throw new Error('SecurityError');
    if (locks === 'missing') return Promise.reject(new Error('no locks'));
    if (locks === 'null') return Promise.resolve(null);
    if (locks === 'never') return new Promise(() => undefined);
    if (!held) return Promise.resolve(grant(false));
    return new Promise((resolve) => {
      const next = (): void => {
        stop();
        resolve(grant(true));
      };
      const stop = world.later(waitMs, () => {
        queue.splice(queue.indexOf(next), 1);
        resolve(null);
      });
      queue.push(next);
    });
  };
  const coordinatorOf = (tab: number, arrive: Arrive): Coordinator => ({
    acquire: (_name, waitMs) => acquire(waitMs),
    post(signal) {
      if (bellMs === null) return;
      for (const [other] of listeners)
        if (other !== tab)
          world.later(bellMs, () => {
            listeners.get(other)?.(signal);
          });
    },
    subscribe(listener) {
      listeners.set(tab, (signal) => {
        arrive(() => {
          listener(signal);
        });
      });
      return () => listeners.delete(tab);
    },
    close: () => listeners.delete(tab),
  });

  const transportOf = (arrive: Arrive): Transport => ({
    send: (request) => carry(request, arrive),
  });
  function carry(request: TransportRequest, arrive: Arrive): ReturnType<Transport['send']> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(request.headers))
        headers[name.toLowerCase()] = value;
      // As a browser does for whatever may change something.
      if (!/^(GET|HEAD)$/.test(request.method)) headers.origin = ORIGIN;
      const parsed = /^(https?:\/\/[^/]+)?([^?#]*)/.exec(request.url) ?? [];
      const foreign = parsed[1] !== undefined && parsed[1] !== ORIGIN;
      const theirs = foreign && parsed[1] === API ? apiJar : {};
      const kept = foreign ? theirs : jar;
      const sends = request.credentials === (foreign ? 'include' : request.credentials);
      const cookies = request.credentials === 'omit' || !sends ? {} : { ...kept };
      const json = headers['content-type'] === 'application/json';
      const body: unknown = json ? JSON.parse(String(request.body)) : request.body;
      const path = parsed[2] ?? '';
      const call: Call = {
        ...{ method: request.method, url: request.url, path },
        ...{ headers, body, cookies, at: world.now() },
      };
      server.calls.push(call);
      const fault = server.fault(call);
      const fail = (): void => {
        // As platforms do, with everything in it that must not get out.
        arrive(() => {
          reject(Object.assign(new TypeError('Failed to fetch'), { request }));
        });
      };
      const stops = [
        world.later(server.latency(), () => {
          if (fault === 'hang') return;
          if (fault === 'network') {
            fail();
            return;
          }
          const reply = typeof fault === 'object' ? fault : server.handle(call);
          stops.push(
            world.later(server.latency(), () => {
              if (fault === 'lost') {
                fail();
                return;
              }
              const deaf = request.credentials === 'omit' || !sends;
              const set = deaf || (foreign && browser.blocksThirdParties) ? {} : reply.cookies;
              for (const [name, value] of Object.entries(set ?? {}))
                if (value === null) Reflect.deleteProperty(kept, name);
                else kept[name] = value;
              const of = reply.headers ?? {};
              const header = (name: string): string | null => of[name.toLowerCase()] ?? null;
              arrive(() => {
                resolve({ status: reply.status, header, body: reply.body ?? '' });
              });
            }),
          );
        }),
      ];
      request.onCancel(() => {
        for (const stop of stops) stop();
        fail();
      });
    });
  }

  function openTab(overrides: Partial<AuthClientOptions> = {}) {
    const tab = ++tabs;
    const wakers = new Set<() => void>();
    const page = { visible: true, skew: 0, slept: 0 };
    let frozen: (() => void)[] | null = null;
    const arrive: Arrive = (task) => {
      if (frozen) frozen.push(task);
      else task();
    };
    const env: Env = {
      now: () => world.now() + page.skew,
      monotonic: () => world.now() - page.slept,
      later: (ms, task) =>
        world.later(ms, () => {
          arrive(task);
        }),
      random: () => 0,
      randomBytes: (count) => Uint8Array.from({ length: count }, () => world.random() * 256),
      visible: () => page.visible,
      onWake(listener) {
        wakers.add(listener);
        return () => wakers.delete(listener);
      },
      ...(delivery === 'cookie' && {
        readCookie: (name: string) => jar[name] ?? null,
        writeCookie: (name: string, value: string) => void (jar[name] = value),
      }),
      origin: ORIGIN,
    };
    const log: string[] = [];
    const options: AuthClientOptions = {
      delivery,
      transport: transportOf(arrive),
      storage: storageOf(tab),
      coordinator: coordinatorOf(tab, arrive),
      env,
      debug: (message) => log.push(message),
      ...overrides,
    };
    const client = createAuthClient(options);
    const events: { name: keyof AuthEvents; data: unknown }[] = [];
    for (const name of EVENTS)
      client.on(name, (data) => {
        events.push({ name, data });
      });
    return {
      client,
      options,
      env,
      page,
      events,
      log,
      wakers,
      names: () => events.map((event) => event.name),
      only: (name: keyof AuthEvents) => events.filter((event) => event.name === name),
      /** The page stops running, as in a debugger; what happens to it is queued. */
      freeze() {
        frozen = [];
      },
      async thaw() {
        const missed = frozen ?? [];
        frozen = null;
        for (const task of missed) {
          task();
          await world.flush();
        }
      },
      wake() {
        for (const waker of wakers) waker();
      },
    };
  }
  return browser;
}

export const EVENTS = [
  'signedIn',
  'signedOut',
  'userChanged',
  'refreshed',
  'degraded',
  'recovered',
  'warning',
] as const;

export type Browser = ReturnType<typeof createBrowser>;
export type Tab = ReturnType<Browser['tab']>;

export async function signIn(world: World, tab: Tab | { client: AuthClient }, username = 'ada') {
  return world.settle(tab.client.login({ username, password: 'right' }));
}
