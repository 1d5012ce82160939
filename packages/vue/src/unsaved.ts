import { onScopeDispose } from 'vue';
import { useAuthStore } from './store.js';

/**
 * While `isDirty()` holds, a session that ends under the page does not redirect it: what was typed
 * stays, and the application asks for the password in place.
 */
export function useUnsavedWork(isDirty: () => boolean): void {
  onScopeDispose(useAuthStore().keepUnsaved(isDirty));
}
