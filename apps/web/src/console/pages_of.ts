import { computed, ref, shallowRef } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import type { Page, PageAsked } from '@/api/console';
import type { Problem } from '@/session/problem';
import { problemOf } from '@/session/problem';
import type { Loaded } from '@/state/load';
import { useLoad } from '@/state/load';

/** Rows at a time. */
const STEP = 50;

/** As many as the service gives at once. */
const MOST = 200;

/** Requests after which a search that finds little lets its reader decide whether to go on. */
const REQUESTS = 4;

export interface Paged<T> extends Pick<Loaded<Page<T>>, 'data' | 'problem' | 'slow' | 'reload'> {
  readonly rows: Readonly<Ref<readonly T[]>>;
  readonly hasMore: Readonly<Ref<boolean>>;
  readonly fetching: Readonly<Ref<boolean>>;
  /** Why the next rows could not be had. */
  readonly refusal: Readonly<ShallowRef<Problem | null>>;
  fetchMore(): Promise<void>;
  /** From the top, as after another search. */
  restart(): Promise<void>;
  /** Again what is shown, unless that takes several requests or another is on its way. */
  refresh(): Promise<void>;
}

/** A list that comes in pages: what was read stays, and more is added at the end. */
export function usePages<T>(fetch: (asked: PageAsked) => Promise<Page<T>>): Paged<T> {
  let wanted = STEP;
  const fetching = ref(false);
  const refusal = shallowRef<Problem | null>(null);

  async function collect(signal: AbortSignal): Promise<Page<T>> {
    const rows: T[] = [];
    let cursor: string | null = null;
    const most = REQUESTS + Math.ceil(wanted / MOST);
    for (let asked = 0; asked < most; asked++) {
      const limit = Math.min(MOST, wanted - rows.length);
      const page: Page<T> = await fetch({ cursor, limit, signal });
      rows.push(...page.rows);
      cursor = page.cursor;
      if (cursor === null || rows.length >= wanted) break;
    }
    return { rows, cursor };
  }

  const { data, problem, slow, reload } = useLoad(collect);

  async function fetchMore(): Promise<void> {
    const known = data.value;
    if (fetching.value || !known?.cursor) return;
    fetching.value = true;
    refusal.value = null;
    try {
      const signal = new AbortController().signal;
      const page = await fetch({ cursor: known.cursor, limit: STEP, signal });
      // What came meanwhile was another list, or the same one again.
      if (data.value !== known) return;
      data.value = { rows: [...known.rows, ...page.rows], cursor: page.cursor };
      wanted = Math.max(STEP, data.value.rows.length);
    } catch (error) {
      refusal.value = problemOf(error);
    } finally {
      fetching.value = false;
    }
  }

  return {
    ...{ data, problem, slow, reload, fetching, refusal, fetchMore },
    rows: computed(() => data.value?.rows ?? []),
    hasMore: computed(() => typeof data.value?.cursor === 'string'),
    restart: () => {
      wanted = STEP;
      refusal.value = null;
      return reload();
    },
    refresh: async () => {
      if (wanted <= MOST && !fetching.value) await reload();
    },
  };
}
