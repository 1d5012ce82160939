import { onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';

/** Whether the browser believes it has a network. Calls `back` when it has one again. */
export function useOnline(back: () => void = () => undefined): Readonly<Ref<boolean>> {
  const online = ref(navigator.onLine);
  const changed = (): void => {
    online.value = navigator.onLine;
    if (online.value) back();
  };
  addEventListener('online', changed);
  addEventListener('offline', changed);
  onScopeDispose(() => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  });
  return online;
}
