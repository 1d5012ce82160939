import { onScopeDispose, ref, watch } from 'vue';
import type { Ref } from 'vue';

/** A moment ahead, on the page's monotonic clock: the visitor's wall clock may be wrong by years. */
export interface Deadline {
  /** Seconds that were left … */
  readonly seconds: number;
  /** … when `performance.now()` said this. */
  readonly measuredAt: number;
}

/** Whole seconds left at `now` (of `performance.now()`), never below 0. */
export function remainingSeconds(deadline: Deadline, now: number): number {
  return Math.max(0, Math.ceil(deadline.seconds - (now - deadline.measuredAt) / 1000));
}

/**
 * Counts down to `deadline`, each second, on the second. `null` while there is none. Rests at 0, and
 * while nobody looks at the page.
 */
export function useCountdown(
  deadline: Readonly<Ref<Deadline | null>>,
): Readonly<Ref<number | null>> {
  const left = ref<number | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tick = (): void => {
    clearTimeout(timer);
    const until = deadline.value;
    if (!until) {
      left.value = null;
      return;
    }
    const now = performance.now();
    left.value = remainingSeconds(until, now);
    if (left.value === 0 || document.hidden) return;
    const exact = until.seconds * 1000 - (now - until.measuredAt);
    timer = setTimeout(tick, exact % 1000 || 1000);
  };

  // On a server there is nobody to count for: the page counts when it takes over.
  if (typeof document === 'undefined') return left;
  watch(deadline, tick, { immediate: true });
  document.addEventListener('visibilitychange', tick);
  onScopeDispose(() => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', tick);
  });
  return left;
}
