import type { ObjectDirective } from 'vue';
import { effectScope, watchEffect } from 'vue';
import type { AuthStore } from './store.js';

type Wanted = string | readonly string[];

/**
 * `v-can="'admin'"` or `v-can="['admin', 'support']"`: shows the element to users with one of the
 * roles. Comfort only, like every check in a browser: the server decides what may be done.
 */
export function vCan(storeOf: () => AuthStore): ObjectDirective<HTMLElement, Wanted> {
  const stops = new WeakMap<HTMLElement, () => void>();
  const follow = (element: HTMLElement, wanted: Wanted): void => {
    stops.get(element)?.();
    const scope = effectScope(true);
    scope.run(() => {
      const store = storeOf();
      watchEffect(() => {
        const roles = typeof wanted === 'string' ? [wanted] : wanted;
        element.style.display = store.hasRole(...roles) ? '' : 'none';
      });
    });
    stops.set(element, () => scope.stop());
  };
  return {
    beforeMount: (element, { value }) => follow(element, value),
    updated: (element, { value }) => follow(element, value),
    unmounted: (element) => stops.get(element)?.(),
    getSSRProps: () => ({}),
  };
}
