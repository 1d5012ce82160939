import { useAuthStore } from '@tigertally/vue';
import type { EndDetail } from '@tigertally/client';
import { endingOf } from '@tigertally/client/words';
import type { EndingKey } from '@tigertally/client/words';
import { computed, ref, watch } from 'vue';
import type { ComputedRef } from 'vue';

/** A session that ended without its reader's doing. */
export interface Ending {
  readonly reason: EndingKey;
  readonly detail: EndDetail | null;
}

/** The ending the sign-in page should explain, or `null`. */
export function useEnding(): ComputedRef<Ending | null> {
  const auth = useAuthStore();
  return computed(() => {
    const reason = auth.ended && endingOf(auth.ended.reason);
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
