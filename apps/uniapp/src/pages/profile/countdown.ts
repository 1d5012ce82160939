import { onHide, onShow } from '@dcloudio/uni-app';
import { onScopeDispose, ref, watch } from 'vue';
import type { Ref } from 'vue';

/** Whole seconds until `deadline` (of `Date.now()`), each second while the page is shown; `null` without one. */
export function useCountdown(deadline: () => number | null): Readonly<Ref<number | null>> {
  const left = ref<number | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tick = (): void => {
    clearTimeout(timer);
    const until = deadline();
    const ms = until === null ? 0 : Math.max(0, until - Date.now());
    left.value = until === null ? null : Math.ceil(ms / 1000);
    if (ms > 0) timer = setTimeout(tick, ms % 1000 || 1000);
  };
  const stop = (): void => clearTimeout(timer);

  watch(deadline, tick, { immediate: true });
  onShow(tick);
  onHide(stop);
  onScopeDispose(stop);
  return left;
}
