import { onMounted, onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';

/** A screen ahead, so that what scrolls into sight is already there. */
const AHEAD = '600px';

/** Calls `act` each time `element` comes near the visible part of the page. */
export function useReaching(element: Readonly<Ref<Element | null>>, act: () => void): void {
  let observer: IntersectionObserver | undefined;
  onMounted(() => {
    observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) act();
      },
      { rootMargin: AHEAD },
    );
    if (element.value) observer.observe(element.value);
  });
  onScopeDispose(() => observer?.disconnect());
}

/** Turns true, and stays so, when `element` comes near the visible part of the page. */
export function useSeen(element: Readonly<Ref<Element | null>>): Readonly<Ref<boolean>> {
  const seen = ref(false);
  useReaching(element, () => {
    seen.value = true;
  });
  return seen;
}
