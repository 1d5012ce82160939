import { shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import type { LocationQuery } from 'vue-router';
import { useRoute, useRouter } from 'vue-router';

export interface FiltersInUrl<Name extends string> {
  readonly values: Readonly<ShallowRef<Readonly<Record<Name, string>>>>;
  set(name: Name, value: string): void;
  clear(): void;
}

function read<Name extends string>(
  names: readonly Name[],
  query: LocationQuery,
): Record<Name, string> {
  const pairs = names.map((name) => {
    const value = query[name];
    return [name, typeof value === 'string' ? value : ''];
  });
  return Object.fromEntries(pairs) as Record<Name, string>;
}

/**
 * What a list is narrowed by. It stands in the address, so that a list can be sent to a colleague and
 * the back button leads to it again.
 */
export function useFilters<const Name extends string>(
  names: readonly Name[],
  changed: () => void,
): FiltersInUrl<Name> {
  const route = useRoute();
  const router = useRouter();
  const own = route.path;
  const values = shallowRef(read(names, route.query));

  watch(
    () => route.query,
    (query) => {
      // On the way to another page its filters are none of ours.
      if (route.path !== own) return;
      const next = read(names, query);
      if (names.every((name) => next[name] === values.value[name])) return;
      values.value = next;
      changed();
    },
  );

  const put = (query: LocationQuery): void => {
    const kept = Object.entries(query).filter(([, value]) => value !== '');
    void router.replace({ path: own, query: Object.fromEntries(kept) });
  };

  return {
    values,
    set: (name, value) => put({ ...route.query, [name]: value }),
    clear: () =>
      put(
        Object.fromEntries(
          Object.entries(route.query).filter(([name]) => !names.includes(name as Name)),
        ),
      ),
  };
}
