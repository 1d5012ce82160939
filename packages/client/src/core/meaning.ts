/** What listeners are told of the steps from one state to the next. */
import type { Session, User } from '../contract.js';
import type { AuthEvents, AuthState } from '../types.js';

/** Who is signed in. */
export interface Identity {
  readonly user: User;
  readonly session: Session;
}

/** What a sign-out knows of its way. */
export interface How {
  readonly serverConfirmed?: boolean;
}

type Told = { readonly [E in keyof AuthEvents]?: AuthEvents[E] };

/** Who is signed in according to `state`, or `null`. */
export function identityOf(state: AuthState): Identity | null {
  return 'user' in state ? state : null;
}

/** Events of the step from `from` to `to`, in the order in which they are told. */
export function meaning(from: AuthState, to: AuthState, how: How, login: boolean): Told {
  if (to.status === 'anonymous') {
    const { reason, detail } = to;
    const told = from.status !== 'anonymous' && reason !== 'never' && reason !== 'unreachable';
    return told ? { signedOut: { reason, detail, ...how } } : {};
  }
  const before = identityOf(from);
  const after = identityOf(to);
  if (!after) return {};
  const { user, session } = after;
  const same = before?.session.id === session.id;
  const found =
    from.status === 'init' || (from.status === 'anonymous' && from.reason === 'unreachable');
  const via = login ? 'login' : found ? 'restore' : 'tab';
  const degraded = from.status === 'degraded';
  return {
    ...(before && before.user.id !== user.id && { userChanged: { user, previous: before.user } }),
    ...(!same && { signedIn: { user, session, via } }),
    ...(same && before.session.generation < session.generation && { refreshed: { session } }),
    ...(to.status === 'degraded'
      ? !degraded && { degraded: { error: to.error } }
      : degraded && { recovered: { session } }),
  };
}
