/**
 * The state and those who want to know.
 *
 * Listeners run later, in order, and are never awaited: no lock is held and no decision is half made
 * while foreign code runs, so a listener may throw or call the client as it likes.
 */
import type { EndDetail, Session, User } from './contract.js';
import type { TransientError } from './errors.js';
import type { AnonymousReason, AuthEvents, AuthState, WarningCode } from './types.js';

type Listener = (data: never) => void;
type Identity = { readonly user: User; readonly session: Session };
type How = { readonly login?: boolean; readonly serverConfirmed?: boolean };
type Told = { readonly [E in keyof AuthEvents]?: AuthEvents[E] };

/** See {@link createBus}. */
export interface Bus {
  state(): AuthState;
  /** Moves on to `next` and tells what that means. */
  move(next: AuthState, how?: How): void;
  /** Nobody is signed in. */
  leave(reason: AnonymousReason, detail?: EndDetail | null, how?: How): void;
  /** Signed in still, but for a passing reason without new tokens. */
  degrade(who: Identity, error: TransientError): void;
  /** Tells subscribers that something besides the state changed. */
  touch(): void;
  readonly warn: (code: WarningCode) => void;
  on(event: string, listener: Listener): () => void;
  close(): void;
}

/** Who is signed in according to `state`, or `null`. */
export function identityOf(state: AuthState): Identity | null {
  return state.status === 'authenticated' || state.status === 'degraded' ? state : null;
}

/** What the step from one state to the next means to listeners. */
function meaning(from: AuthState, to: AuthState, how: How): Told {
  const before = identityOf(from);
  const after = identityOf(to);
  if (to.status === 'anonymous')
    return from.status === 'anonymous' || to.reason === 'never' || to.reason === 'unreachable'
      ? {}
      : {
          signedOut: {
            reason: to.reason,
            detail: to.detail,
            ...(how.serverConfirmed !== undefined && { serverConfirmed: how.serverConfirmed }),
          },
        };
  if (!after) return {};
  const { user, session } = after;
  const found =
    from.status === 'init' || (from.status === 'anonymous' && from.reason === 'unreachable');
  const via: AuthEvents['signedIn']['via'] = how.login ? 'login' : found ? 'restore' : 'tab';
  const told = {
    ...(before && before.user.id !== user.id && { userChanged: { user, previous: before.user } }),
    ...(before?.session.id !== session.id && { signedIn: { user, session, via } }),
    ...(before?.session.id === session.id &&
      before.session.generation < session.generation && { refreshed: { session } }),
  };
  if (to.status === 'degraded')
    return from.status === 'degraded' ? told : { ...told, degraded: { error: to.error } };
  return from.status === 'degraded' ? { ...told, recovered: { session } } : told;
}

/** Makes the bus of one client. */
export function createBus(log: (message: string) => void): Bus {
  let state: AuthState = { status: 'init' };
  let basis: AuthState = state;
  let listeners: { event: string; listener: Listener }[] = [];
  const queue: [event: string, data: unknown][] = [];

  const drain = (): void => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [event, data] = next;
      for (const entry of listeners.filter((one) => one.event === event)) {
        try {
          entry.listener(data as never);
        } catch {
          log(`a listener of ${event} threw`);
          if (event !== 'warning') push('warning', { code: 'listener_failed', event });
        }
      }
    }
  };
  const push = (event: string, data: unknown): void => {
    if (queue.push([event, data]) === 1) void Promise.resolve().then(drain);
  };

  const bus: Bus = {
    state: () => state,
    move(next, how = {}) {
      const { status } = next;
      log(`${state.status} -> ${status}${status === 'anonymous' ? ` (${next.reason})` : ''}`);
      const told = meaning(basis, next, how);
      state = next;
      // Looking again is no farewell: what comes after is compared with what was before.
      if (status !== 'restoring') basis = next;
      push('state', next);
      for (const [event, data] of Object.entries(told)) push(event, data);
    },
    leave(reason, detail = null, how = {}) {
      bus.move({ status: 'anonymous', reason, detail }, how);
    },
    degrade({ user, session }, error) {
      bus.move({ status: 'degraded', user, session, error });
    },
    touch: () => {
      push('state', state);
    },
    warn: (code) => {
      push('warning', { code });
    },
    on(event, listener) {
      const entry = { event, listener };
      listeners.push(entry);
      return () => {
        listeners = listeners.filter((one) => one !== entry);
      };
    },
    close() {
      listeners = [];
      queue.length = 0;
    },
  };
  return bus;
}
