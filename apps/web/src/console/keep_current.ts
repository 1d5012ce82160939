import { onScopeDispose } from 'vue';

const EVERY_MS = 4000;

/** Who has not touched the page for so long does not look: their session must be able to end. */
const ATTENTION_MS = 600_000;

const TOUCHES = ['pointermove', 'pointerdown', 'keydown'] as const;

/**
 * Shows what others did meanwhile: asks again every few seconds while somebody looks, and at once when
 * they come back. Between the questions no connection is held.
 */
export function useKeepCurrent(refresh: () => Promise<void>): void {
  let touched = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  const watched = (): boolean =>
    document.visibilityState === 'visible' && Date.now() - touched < ATTENTION_MS;

  const later = (): void => {
    clearTimeout(timer);
    if (!over) timer = setTimeout(() => void ask(), EVERY_MS);
  };

  async function ask(): Promise<void> {
    clearTimeout(timer);
    if (watched()) await refresh();
    later();
  }

  const touch = (): void => {
    const back = !watched();
    touched = Date.now();
    if (back) void ask();
  };
  const shown = (): void => {
    if (document.visibilityState === 'visible') void ask();
  };

  for (const name of TOUCHES) addEventListener(name, touch, { passive: true });
  addEventListener('focus', shown);
  document.addEventListener('visibilitychange', shown);
  onScopeDispose(() => {
    over = true;
    clearTimeout(timer);
    for (const name of TOUCHES) removeEventListener(name, touch);
    removeEventListener('focus', shown);
    document.removeEventListener('visibilitychange', shown);
  });
  later();
}
