import { onScopeDispose, ref, shallowRef } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import type { Problem } from '@/session/problem';
import { problemOf } from '@/session/problem';
import { useOnline } from '@/shell/online';

/** A skeleton that appears for a moment only makes the page flicker. */
const PATIENCE_MS = 300;

export interface Loaded<T> {
  readonly data: ShallowRef<T | null>;
  readonly problem: Readonly<ShallowRef<Problem | null>>;
  /** It takes long enough to be worth showing. */
  readonly slow: Readonly<Ref<boolean>>;
  reload(): Promise<void>;
}

/**
 * Loads what a page shows, now and again on `reload()`, and by itself when the network is back.
 * What was there stays until the new arrives; only the newest request counts.
 */
export function useLoad<T>(fetch: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const data = shallowRef<T | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const slow = ref(false);
  let current = new AbortController();

  async function reload(): Promise<void> {
    current.abort();
    const mine = (current = new AbortController());
    const timer = setTimeout(() => {
      slow.value = true;
    }, PATIENCE_MS);
    try {
      const fresh = await fetch(mine.signal);
      if (mine.signal.aborted) return;
      data.value = fresh;
      problem.value = null;
    } catch (error) {
      if (!mine.signal.aborted) problem.value = problemOf(error);
    } finally {
      clearTimeout(timer);
      if (mine === current) slow.value = false;
    }
  }

  useOnline(() => {
    if (problem.value?.kind === 'offline') void reload();
  });
  onScopeDispose(() => current.abort());
  void reload();
  return { data, problem, slow, reload };
}
