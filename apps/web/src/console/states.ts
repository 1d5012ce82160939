import type { AdminUser } from '@tigertally/client';

/** What keeps somebody out, the gravest first; also what a list can be narrowed to. */
export const STATES = ['active', 'disabled', 'locked', 'deleted'] as const;

export type State = (typeof STATES)[number];

/** How an account stands. A lock is over at its time, without anybody's doing. */
export function stateOf(user: Pick<AdminUser, 'state' | 'locked_until'>, now: number): State {
  if (user.state !== 'active') return user.state;
  return user.locked_until !== null && Date.parse(user.locked_until) > now ? 'locked' : 'active';
}
