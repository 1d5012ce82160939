import type { EndReason } from '../contract.js';
import type { AnonymousReason } from '../types.js';

/** Why a session ended, as far as its reader is told: a key of `ending` in the catalogues. */
export type EndingKey = Exclude<EndReason, 'logged_out'> | 'other';

/** `null`: needs no words; nothing was lost, or the user did it. */
const KEYS: Readonly<Record<AnonymousReason, EndingKey | null>> = {
  never: null,
  signed_out: null,
  signed_out_elsewhere: null,
  unreachable: null,
  logged_out: null,
  replaced: 'replaced',
  kicked: 'kicked',
  evicted: 'evicted',
  disabled: 'disabled',
  password_changed: 'password_changed',
  refresh_reused: 'refresh_reused',
  // For users the same: the session was also used somewhere else.
  refresh_stale: 'refresh_reused',
  user_deleted: 'user_deleted',
  authorization_revoked: 'authorization_revoked',
  expired: 'expired',
  idle: 'idle',
  session_unknown: 'other',
  token_invalid: 'other',
  token_expired: 'other',
  token_missing: 'other',
  storage_cleared: 'other',
};

/** Which words explain that a session is over, or `null` where none are needed. A newer server's
 * reasons get general ones. */
export function endingOf(reason: string): EndingKey | null {
  const known = Object.entries(KEYS).find(([each]) => each === reason);
  return known ? known[1] : 'other';
}
