import type { AdminUser } from '@tigertally/client';
import { stateOf } from './states';
import { actOnUser, deleteUser, resetPassword } from '@/api/console';
import type { Changed, PasswordTold } from '@/api/console';

/** What can be done to an account, and what one needs for it. In the order of their buttons. */
const ACTS = {
  edit: 'tally:user:edit',
  unlock: 'tally:user:unlock',
  enable: 'tally:user:disable',
  password: 'tally:user:password',
  sign_out: 'tally:user:sign_out',
  disable: 'tally:user:disable',
  restore: 'tally:user:delete',
  delete: 'tally:user:delete',
} as const;

export type ActName = keyof typeof ACTS;

/** Those that only ask, and then do. */
export type AskedAct = Exclude<ActName, 'edit' | 'disable'>;

/** Those that take something away. */
export const GRAVE: readonly ActName[] = ['sign_out', 'disable', 'delete', 'password'];

function makesSense(act: ActName, user: AdminUser, sessions: number, now: number): boolean {
  const state = stateOf(user, now);
  if (state === 'deleted') return act === 'restore';
  switch (act) {
    case 'restore':
      return false;
    case 'enable':
      return state === 'disabled';
    case 'disable':
      return state !== 'disabled';
    case 'unlock':
      return user.locked_until !== null && Date.parse(user.locked_until) > now;
    case 'sign_out':
      return sessions > 0;
    default:
      return true;
  }
}

/** What somebody who may do `can` can do to this account now. */
export function actsOn(
  user: AdminUser,
  sessions: number,
  can: (permission: string) => boolean,
  now: number,
): readonly ActName[] {
  return (Object.keys(ACTS) as ActName[]).filter(
    (act) => can(ACTS[act]) && makesSense(act, user, sessions, now),
  );
}

/** Does it. Only a new password comes with one. */
export function carryOut(act: AskedAct, id: string): Promise<Changed | PasswordTold> {
  if (act === 'password') return resetPassword(id);
  return act === 'delete' ? deleteUser(id) : actOnUser(id, act);
}
