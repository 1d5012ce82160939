/** The client of a mini program: the core, fed by the platform, with the one tap and silent renewal. */
import { AuthError, createAuthClient } from '@tigertally/client';
import type {
  AuthClient,
  AuthClientOptions,
  AuthRequest,
  AuthResponse,
  AuthState,
  Edges,
  Env,
  SignedIn,
} from '@tigertally/client';
import { createBond } from './bond.js';
import { uniEdges } from './edges.js';
import { createEntrance } from './entrance.js';
import { miniProgramDevice } from './platform.js';
import { createRandomPool } from './random.js';
import { createRenewal } from './renewal.js';
import type { Bond } from './bond.js';
import type { EntranceParts } from './entrance.js';
import type { Renewal } from './renewal.js';

/** Options of {@link createMiniProgramClient}. */
export interface MiniProgramOptions extends Pick<
  AuthClientOptions,
  'name' | 'origins' | 'language' | 'debug'
> {
  /** Where the service is, `https://api.example.com`: mini programs have no origin of their own. */
  readonly baseUrl: string;
  /** The service's name for the platform; default: `wechat-mini`. */
  readonly provider?: string;
  /** What `uni.login` calls it; default: `weixin`. */
  readonly platform?: string;
  /** Default: brand and model of the phone. */
  readonly device?: AuthClientOptions['device'];
}

/**
 * A client that behaves like the core's, with one difference: a session that nobody ended on purpose is
 * silently started again. Meanwhile the state is `restoring`, requests wait, and `signedOut` is held back.
 */
export interface MiniProgramClient extends AuthClient {
  /**
   * Signs in as the platform's user; the first time, this creates the account. Taps at the same time are
   * one. From then on, until a sign-out, this phone may sign in by itself.
   */
  oneTap(): Promise<SignedIn>;
  /**
   * Has the platform confirm again who is here, for calls that answer `fresh_token_required`: accounts
   * made by one tap have no password to enter. Rejects where the platform names somebody else.
   */
  confirm(): Promise<void>;
}

const READY_MS = 4000;

/** Makes the client of this mini program, and starts it. */
export function createMiniProgramClient(options: MiniProgramOptions): MiniProgramClient {
  // The core refuses options that it does not know.
  const { provider = 'wechat-mini', platform = 'weixin', ...rest } = options;
  const { name = 'tally', device = miniProgramDevice() } = rest;
  const random = createRandomPool();
  const edges = uniEdges(random.bytes);
  const core = createAuthClient({
    ...rest,
    ...edges,
    device,
    delivery: 'body',
    autoStart: false,
  });
  const bond = createBond(edges.storage, `${name}.bond`, edges.env);
  const client = assemble(core, edges, bond, { provider, platform });
  void random.filled.then(() => client.start());
  return client;
}

/** Tells listeners of changes that the core knows nothing of. */
function createListeners(core: AuthClient, state: () => AuthState) {
  const listeners = new Set<(state: AuthState) => void>();
  return {
    subscribe(listener: (state: AuthState) => void): () => void {
      listeners.add(listener);
      const stop = core.subscribe(() => {
        listener(state());
      });
      return () => {
        listeners.delete(listener);
        stop();
      };
    },
    tell(): void {
      for (const listener of listeners)
        void Promise.resolve(state())
          .then(listener)
          .catch(() => undefined);
    },
  };
}

/** `env.later`, whose timers end with the client. */
function mortalTimers({ env }: Edges): { later: Env['later']; end: () => void } {
  const running = new Set<() => void>();
  return {
    later(ms, task) {
      const stop = env.later(ms, () => {
        running.delete(stop);
        task();
      });
      running.add(stop);
      return () => {
        running.delete(stop);
        stop();
      };
    },
    end() {
      for (const stop of running) stop();
      running.clear();
    },
  };
}

/** Starts once, when the platform gave what it has; `ready` settles within 4 s, a renewal included. */
function createStart(
  core: AuthClient,
  timers: Pick<Env, 'later'>,
  renewal: Renewal,
): Pick<AuthClient, 'start' | 'ready'> {
  let settle = (): void => undefined;
  let begun = false;
  const ready = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return {
    ready,
    start() {
      if (begun) return ready;
      begun = true;
      const stop = timers.later(READY_MS, settle);
      void core
        .start()
        .then(renewal.settled)
        .then(() => {
          stop();
          settle();
        });
      return ready;
    },
  };
}

/** The request was refused, or never sent, because of whose session it was: it changed nothing. */
const isLost = (error: unknown): boolean =>
  error instanceof AuthError &&
  (error.kind === 'definite' || /^(not_signed_in|session_changed|superseded)$/.test(error.code));

/** Sends, and once more if the session was over and its user is back in a new one. */
function createRequest(core: AuthClient, settled: () => Promise<void>): AuthClient['request'] {
  const held = (): { user: string; session: string } | null => {
    const { state } = core;
    return 'user' in state ? { user: state.user.id, session: state.session.id } : null;
  };
  return async (request: AuthRequest): Promise<AuthResponse> => {
    await settled();
    const before = held();
    try {
      return await core.request(request);
    } catch (error) {
      if (!before || !isLost(error)) throw error;
      await settled();
      const now = held();
      if (now?.user !== before.user || now.session === before.session) throw error;
      return core.request(request);
    }
  };
}

/** What the core does without the phone having a say. */
function passedOn(
  core: AuthClient,
): Pick<
  AuthClient,
  'register' | 'refresh' | 'reauthenticate' | 'reauthenticateWith' | 'updateUser'
> {
  return {
    register: (registration) => core.register(registration),
    refresh: () => core.refresh(),
    reauthenticate: (password) => core.reauthenticate(password),
    reauthenticateWith: (name, proof) => core.reauthenticateWith(name, proof),
    updateUser: (user) => {
      core.updateUser(user);
    },
  };
}

function assemble(
  core: AuthClient,
  edges: Edges,
  bond: Bond,
  names: Pick<EntranceParts, 'provider' | 'platform'>,
): MiniProgramClient {
  const timers = mortalTimers(edges);
  const entrance = createEntrance({ core, bond, ...names });
  const renewal: Renewal = createRenewal({
    ...{ client: core, bond, env: timers },
    ...{ fetchCode: entrance.fetchCode, exchange: entrance.exchange },
    concluded: () => {
      listeners.tell();
    },
  });
  const listeners = createListeners(core, renewal.state);
  const { start, ready } = createStart(core, timers, renewal);
  const settled = async (): Promise<void> => {
    await start();
    await renewal.settled();
  };
  /** A sign-in of another kind: this phone's platform does not know it. */
  const otherwise = async (signingIn: Promise<SignedIn>): Promise<SignedIn> => {
    const signedIn = await signingIn;
    bond.untie();
    return signedIn;
  };
  return {
    ...passedOn(core),
    ...{ ready, start, subscribe: listeners.subscribe },
    get state() {
      return renewal.state();
    },
    get refreshing() {
      return core.refreshing;
    },
    on: (event, listener) =>
      event === 'signedOut'
        ? renewal.onSignedOut(listener as Parameters<Renewal['onSignedOut']>[0])
        : core.on(event, listener),
    oneTap: entrance.tap,
    confirm: entrance.confirm,
    login: (credentials) => otherwise(core.login(credentials)),
    loginWith: (name, credentials) => otherwise(core.loginWith(name, credentials)),
    logout(choice) {
      entrance.leave();
      bond.untie();
      return core.logout(choice);
    },
    request: createRequest(core, settled),
    authorise: async (call, attempt) => {
      await settled();
      return core.authorise(call, attempt);
    },
    dispose: () => {
      timers.end();
      core.dispose();
    },
  };
}
