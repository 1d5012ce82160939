import { shallowRef } from 'vue';
import type { Router } from 'vue-router';

/**
 * The address of a page whose code could not be fetched: the server is away, or a newer version of the
 * application has other file names. Reloading the page helps in both cases.
 */
export const missedPage = shallowRef<string | null>(null);

/** Keeps {@link missedPage}. */
export function watchMissedPages(router: Router): void {
  router.onError((_error, to) => {
    missedPage.value = to.fullPath;
  });
  router.afterEach(() => {
    missedPage.value = null;
  });
}
