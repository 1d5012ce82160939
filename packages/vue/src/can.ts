import type { ObjectDirective } from 'vue';
import { effectScope, watchEffect } from 'vue';
import type { AuthStore } from './store.js';

type Wanted = string | readonly string[];

/**
 * `v-can="'news:edit'"` or `v-can="['news:edit', 'news:publish']"`: shows the element to users with
 * one of the permissions; `v-can:role="'admin'"` to those with one of the roles. Comfort only, like
 * every check in a browser: the server decides what may be done.
 */
export function vCan(storeOf: () => AuthStore): ObjectDirective<HTMLElement, Wanted> {
  const stops = new WeakMap<HTMLElement, () => void>();
  const follow = (element: HTMLElement, wanted: Wanted, kind: string | undefined): void => {
    stops.get(element)?.();
    const scope = effectScope(true);
    scope.run(() => {
      const store = storeOf();
      watchEffect(() => {
        const names = typeof wanted === 'string' ? [wanted] : wanted;
        const shown = kind === 'role' ? store.hasRole(...names) : store.can(...names);
        element.style.display = shown ? '' : 'none';
      });
    });
    stops.set(element, () => scope.stop());
  };
  return {
    beforeMount: (element, { value, arg }) => follow(element, value, arg),
    updated: (element, { value, arg }) => follow(element, value, arg),
    unmounted: (element) => stops.get(element)?.(),
    getSSRProps: () => ({}),
  };
}
