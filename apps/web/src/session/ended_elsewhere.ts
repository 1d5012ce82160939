import { useAuthStore } from '@tigertally/vue';
import type { AnonymousReason, EndDetail } from '@tigertally/client';
import { computed, ref, watch } from 'vue';
import type { ComputedRef } from 'vue';

/** A session that ended without its reader's doing. */
export interface Ending {
  /** Key below `ended.reason` in the catalogue. */
  readonly reason: string;
  readonly detail: EndDetail | null;
}

/** Key below `ended.reason`; `null`: needs no words, nothing was lost or one did it oneself. */
const WORDS: Readonly<Record<AnonymousReason, string | null>> = {
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
  // To its reader the same: this sign-in was used somewhere else, too.
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

/** {@link WORDS}, also for what a newer server may say. */
function wordsFor(reason: string): string | null {
  const known = Object.entries(WORDS).find(([each]) => each === reason);
  return known ? known[1] : 'other';
}

/** The ending the sign-in page should explain, or `null`. */
export function useEnding(): ComputedRef<Ending | null> {
  const auth = useAuthStore();
  return computed(() => {
    const reason = auth.ended && wordsFor(auth.ended.reason);
    return auth.ended && reason ? { reason, detail: auth.ended.detail } : null;
  });
}

/** True from the moment a session ended under an open page until its reader has read about it. */
export const endedUnderPage = ref(false);

/** Whose session that was. */
export const usernameUnderPage = ref('');

/** Keeps {@link endedUnderPage} and {@link usernameUnderPage}; for the root component, once. */
export function watchEndings(): void {
  const auth = useAuthStore();
  const ending = useEnding();
  watch(
    () => auth.isSignedIn,
    (now, before) => {
      endedUnderPage.value = !now && before && ending.value !== null;
    },
    { flush: 'sync' },
  );
  watch(
    () => auth.user?.username,
    (name) => {
      if (name !== undefined) usernameUnderPage.value = name;
    },
    { immediate: true, flush: 'sync' },
  );
}
