import { onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';

const EVERY_MS = 30_000;

const now = ref(Date.now());
let readers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The wall clock, good to half a minute; one timer however many rows ask. */
export function useNow(): Readonly<Ref<number>> {
  if (readers++ === 0) {
    now.value = Date.now();
    timer = setInterval(() => {
      now.value = Date.now();
    }, EVERY_MS);
  }
  onScopeDispose(() => {
    if (--readers === 0) clearInterval(timer);
  });
  return now;
}
