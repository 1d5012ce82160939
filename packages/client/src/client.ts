/** Puts the parts together. */
import { fieldsOf, problem } from './answers.js';
import { createAuthorise } from './authorise.js';
import { createBus } from './bus.js';
import { RequestError, TransientError } from './errors.js';
import { createHolding } from './holding.js';
import { acquireLock } from './lock.js';
import { checkOptions } from './options.js';
import { originOf } from './places.js';
import { createRefresher } from './refresher.js';
import { createSigning } from './signing.js';
import { createVault } from './vault.js';
import { createCancel, createWire } from './wire.js';
import type { Bus } from './bus.js';
import type { Authorise } from './authorise.js';
import type { Env, Lease } from './edges.js';
import type { Holding } from './holding.js';
import type { Refresher } from './refresher.js';
import type { Signing } from './signing.js';
import type {
  AuthClient,
  AuthClientOptions,
  AuthRequest,
  AuthResponse,
  CancelSignal,
} from './types.js';
import type { Vault } from './vault.js';
import type { Ask, Cancel, Wire } from './wire.js';

/** The page must have something to show after this long, whatever the server does. */
const READY_MS = 4000;
const REQUEST_MS = 30_000;

interface Parts {
  readonly options: AuthClientOptions;
  readonly base: string;
  readonly disposed: Cancel;
  readonly env: Env;
  readonly bus: Bus;
  readonly vault: Vault;
  readonly wire: Wire;
  readonly holding: Holding;
  readonly refresher: Refresher;
  readonly signing: Signing;
  readonly authorise: Authorise;
  readonly start: () => Promise<void>;
  readonly ready: Promise<void>;
}

/** `env` whose timers end with the client. */
function mortal(env: Env, disposed: Cancel): Env {
  return Object.assign(Object.create(env) as Env, {
    later(ms: number, task: () => void, idle?: boolean) {
      if (disposed.aborted) return () => undefined;
      const stop = (): void => {
        disposed.removeEventListener('abort', stop);
        cancel();
      };
      const cancel = env.later(
        ms,
        () => {
          disposed.removeEventListener('abort', stop);
          task();
        },
        idle,
      );
      disposed.addEventListener('abort', stop);
      return stop;
    },
  });
}

/** Restores what the store says, once; `ready` settles when there is something to show. */
function createStart(
  parts: Omit<Parts, 'authorise' | 'start' | 'ready'>,
): Pick<Parts, 'start' | 'ready'> {
  const { vault, bus, env, holding, refresher, signing } = parts;
  let settle = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const show = (): void => {
    if (bus.state().status !== 'restoring') return;
    const held = holding.current();
    if (held) bus.degrade(held, new TransientError('timeout'));
    else bus.leave('unreachable');
  };
  const restore = (): Promise<void> | null => {
    bus.move({ status: 'restoring' });
    const seen = vault.look();
    void signing.deliver();
    if (!seen) {
      bus.leave(vault.mark() === null ? 'never' : 'signed_out');
      return null;
    }
    if (seen.held) holding.find(seen.held);
    if (holding.remaining() <= 0) return refresher.run().catch(() => undefined);
    holding.show();
    return null;
  };
  let begun = false;
  return {
    ready,
    start() {
      if (begun) return ready;
      begun = true;
      const done = (): void => {
        stop();
        show();
        settle();
      };
      const stop = env.later(READY_MS, done);
      const restoring = restore();
      if (restoring) void restoring.then(done);
      else done();
      return ready;
    },
  };
}

const isStream = (body: unknown): boolean => {
  const { getReader, pipe } = fieldsOf(body);
  return typeof getReader === 'function' || typeof pipe === 'function';
};

/** Headers whose names can be compared. */
const lowered = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** The function behind `client.request`. */
function createRequest(parts: Omit<Parts, 'start' | 'ready'>): AuthClient['request'] {
  const { options, base, env, wire, authorise } = parts;
  return async (request: AuthRequest): Promise<AuthResponse> => {
    const { method = 'GET', json, signal, responseType = 'auto', timeoutMs = REQUEST_MS } = request;
    const url = /^\/(?!\/)/.test(request.url) ? base + request.url : request.url;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (options.language) headers['accept-language'] = options.language();
    let body = request.body;
    if (json !== undefined) {
      body = JSON.stringify(json);
      headers['content-type'] = 'application/json';
    } else if (body !== undefined && typeof body !== 'string' && options.transport.encode) {
      const encoded = await options.transport.encode(body);
      body = encoded.body;
      if (encoded.contentType !== undefined) headers['content-type'] = encoded.contentType;
    }
    Object.assign(headers, lowered(request.headers ?? {}));
    const call = {
      method,
      url,
      authorization: headers.authorization,
      replayable: !isStream(body),
      signal,
    };
    const answer = await authorise(call, (grant) => {
      const granted = lowered(grant.headers);
      return wire({
        ...{ method, url, body, responseType, timeoutMs, signal, credentials: grant.credentials },
        headers: { ...headers, ...granted },
        redirect: Object.keys(granted).length ? 'manual' : 'follow',
      });
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw problem(answer, env.now());
  };
}

/** Tells which addresses are of the servers at `bases`. */
function trusting(bases: readonly string[], pageOrigin: string): (url: string) => boolean {
  const trusted = bases.map((base) => originOf(base, pageOrigin));
  return (url) => {
    const target = originOf(url, pageOrigin);
    return target !== null && trusted.includes(target);
  };
}

/** Makes the function behind the client's own calls. */
const asking =
  (wire: Wire, base: string, { delivery, language }: AuthClientOptions): Ask =>
  (path, { headers, ...sending } = {}) =>
    wire({
      method: 'POST',
      url: `${base}/api/auth/${path}`,
      credentials: delivery === 'cookie' ? 'include' : 'omit',
      timeoutMs: REQUEST_MS,
      ...sending,
      headers: {
        Accept: 'application/json',
        ...(language && { 'Accept-Language': language() }),
        ...(sending.body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
    });

/** Makes the parts and ties them to each other. */
function assemble(options: AuthClientOptions): Parts {
  const { storage, coordinator, delivery, baseUrl = '', device } = options;
  const name = (delivery === 'body' && options.name) || 'tally';
  const log = options.debug ?? ((): undefined => undefined);
  const disposed = createCancel();
  const env = mortal(options.env, disposed);
  const base = baseUrl.replace(/\/+$/, '');
  const origin = originOf(base, env.origin);
  const isOurs = trusting([base, ...(options.origins ?? [])], env.origin);
  const cookieReadable = env.readCookie !== undefined && origin === env.origin;
  const bus = createBus(log);
  if (options.name && options.name !== name) bus.warn('name_ignored');
  const wire = createWire(options.transport, env, disposed, log);
  const vault = createVault({ storage, env, name, delivery, cookieReadable, warn: bus.warn });
  const ask = asking(wire, base, options);
  let epoch = 0;
  let learning: Promise<unknown> = Promise.resolve();
  const holding = createHolding({
    ...{ vault, bus, env, coordinator, delivery },
    changed() {
      if (epoch !== holding.epoch()) refresher.cancel();
      epoch = holding.epoch();
      refresher.plan();
    },
    strange() {
      // The other tab's record is about to appear; only if it does not, the server is asked.
      learning = new Promise<void>((resolve) => void env.later(50, resolve)).then(() => {
        holding.reconcile();
        if (bus.state().status === 'restoring') return refresher.run().catch(() => undefined);
        return undefined;
      });
    },
  });
  const acquire = (signal: CancelSignal): Promise<Lease | null> =>
    acquireLock(coordinator, env, name, signal);
  const shared = { holding, vault, bus, ask, env, delivery, disposed, acquire };
  const disown: Signing['disown'] = (left) => signing.disown(left);
  const refresher = createRefresher({ ...shared, disown });
  const started = (): Promise<void> => start();
  const signing = createSigning({ ...shared, cookieReadable, device, started });
  const parts = { options, base, disposed, env, bus, vault, wire, holding, refresher, signing };
  const { start, ready } = createStart(parts);
  const settled = async (): Promise<void> => {
    await start();
    holding.reconcile();
    await learning;
    await signing.leaving();
  };
  const authorise = createAuthorise({ ...shared, refresher, isOurs, settled });
  return { ...parts, start, ready, authorise };
}

/**
 * Makes a client. Unless `autoStart` is false it restores the stored session at once: a session whose
 * access token is still valid is there when this returns.
 *
 * ```ts
 * const client = createAuthClient({ delivery: 'cookie', ...browserEdges() });
 * await client.ready;
 * ```
 */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  checkOptions(options);
  const parts = assemble(options);
  const { bus, holding, refresher, signing, disposed, authorise, env } = parts;
  const request = createRequest(parts);
  const unwake = options.env.onWake(() => {
    if (bus.state().status === 'init') return;
    refresher.wake();
    void signing.deliver();
  });
  const unhear = options.coordinator.subscribe((signal) => {
    if (bus.state().status !== 'init') holding.hear(signal);
  });
  async function prove(how: string, json: object): Promise<void> {
    const epoch = holding.epoch();
    const answer = await request({ method: 'POST', url: `/api/auth/reauthenticate${how}`, json });
    const { access_token: access, expires_in } = fieldsOf(answer.body);
    if (epoch !== holding.epoch() || !(Number(expires_in) > 0)) return;
    const token = typeof access === 'string' ? { access } : {};
    holding.amend({ ...token, ttl: Number(expires_in) * 1000, receivedAt: env.now() });
  }
  if (options.autoStart !== false) void parts.start();
  return {
    get state() {
      return bus.state();
    },
    get refreshing() {
      return refresher.running() !== null;
    },
    ready: parts.ready,
    start: parts.start,
    subscribe: (listener) => bus.on('state', listener),
    on: (event, listener) => bus.on(event, listener),
    register: (registration) => signing.register(registration),
    login: (credentials) => signing.signIn('login', credentials),
    loginWith: (provider, credentials) =>
      signing.signIn(`login/${encodeURIComponent(provider)}`, credentials),
    logout: (choice) => signing.logout(choice?.everywhere === true),
    async refresh() {
      await parts.start();
      holding.reconcile();
      if (!holding.current()) throw new RequestError('not_signed_in');
      await refresher.run(true);
    },
    reauthenticate: (password) => prove('', { password }),
    reauthenticateWith: (provider, proof) => prove(`/${encodeURIComponent(provider)}`, proof),
    request,
    authorise,
    updateUser(user) {
      if (holding.current()?.user.id === user.id) holding.amend({ user });
    },
    dispose() {
      unwake();
      unhear();
      refresher.cancel();
      disposed.cancel();
      bus.close();
      options.coordinator.close();
    },
  };
}
