/** Values for the tests of the pure decisions: every combination of what may differ, all of it frozen. */
import { holding, INITIAL } from '../../src/core/state.js';
import { TransientError } from '../../src/errors.js';
import type { Session, User } from '../../src/index.js';
import type { AuthState } from '../../src/index.js';
import type { Held } from '../../src/core/record.js';
import type { Clock, State } from '../../src/core/state.js';

/** `value`, in which any attempt to change something throws. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}

/** All tuples with one member of each list. */
export function tuples<T extends readonly (readonly unknown[])[]>(
  ...lists: T
): { [K in keyof T]: T[K][number] }[] {
  let found: unknown[][] = [[]];
  for (const list of lists) found = found.flatMap((head) => list.map((one) => [...head, one]));
  return found as { [K in keyof T]: T[K][number] }[];
}

export const EITHER = [false, true] as const;

export const user = (id: string): User =>
  frozen({ id, username: id, roles: [] }) as unknown as User;

export const session = (id: string, generation = 1): Session =>
  frozen({ id, generation }) as unknown as Session;

/** One generation of a session, received at the wall's zero. */
export const held = (id: string, generation = 1, more: Partial<Held> = {}): Held =>
  frozen({
    v: 1,
    user: user(`owner of ${id}`),
    session: session(id, generation),
    ttl: 60_000,
    receivedAt: 0,
    access: `access ${id} ${String(generation)}`,
    refresh: `refresh ${id} ${String(generation)}`,
    ...more,
  });

export const ZERO: Clock = frozen({ now: 0, monotonic: 0 });

export const at = (now: number, monotonic = now): Clock => frozen({ now, monotonic });

/** The state of a client that holds `what`. */
export const stateOf = (what: Held | null, more: Partial<State> = {}, clock = ZERO): State =>
  frozen({ ...holding(INITIAL, what, clock), ...more });

const who = { user: user('anna'), session: session('s', 1) };

/** One of each state, and those that differ in what events are made of. */
export const STATES: readonly AuthState[] = frozen<AuthState[]>([
  { status: 'init' },
  { status: 'restoring' },
  { status: 'signingOut' },
  { status: 'anonymous', reason: 'never', detail: null },
  { status: 'anonymous', reason: 'unreachable', detail: null },
  { status: 'anonymous', reason: 'kicked', detail: null },
  { status: 'authenticated', ...who },
  { status: 'authenticated', user: who.user, session: session('s', 2) },
  { status: 'authenticated', user: who.user, session: session('t', 1) },
  { status: 'authenticated', user: user('berta'), session: session('u', 1) },
  { status: 'degraded', ...who, error: new TransientError('timeout') },
  {
    status: 'degraded',
    user: user('berta'),
    session: session('u'),
    error: new TransientError('x'),
  },
]);
