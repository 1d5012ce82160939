import { useAuthStore } from '@tigertally/vue';
import type { EndDetail } from '@tigertally/client';
import { computed, ref, watch } from 'vue';
import type { ComputedRef } from 'vue';

/** A session that ended without its reader's doing. */
export interface Ending {
  /** Key below `ended.reason` in the catalogue. */
  readonly reason: string;
  readonly detail: EndDetail | null;
}

/** Reasons that need no explanation: nothing was lost, or one did it oneself. */
const UNREMARKABLE = /^(never|signed_out|signed_out_elsewhere|unreachable|logged_out)$/;

/** Reasons the catalogue has words for; whatever else comes is put in general ones. */
const KNOWN =
  /^(replaced|kicked|evicted|disabled|password_changed|refresh_reused|user_deleted|expired|idle)$/;

/** Key below `ended.reason` for a reason. */
function wordsFor(reason: string): string {
  // To its reader both are the same: this sign-in was used somewhere else, too.
  if (reason === 'refresh_stale') return 'refresh_reused';
  return KNOWN.test(reason) ? reason : 'other';
}

/** The ending the sign-in page should explain, or `null`. */
export function useEnding(): ComputedRef<Ending | null> {
  const auth = useAuthStore();
  return computed(() => {
    if (!auth.ended || UNREMARKABLE.test(auth.ended.reason)) return null;
    const { reason, detail } = auth.ended;
    return { reason: wordsFor(reason), detail };
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
