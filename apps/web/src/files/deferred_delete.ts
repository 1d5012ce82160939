import { onScopeDispose, shallowReactive } from 'vue';
import type { Picture } from '@tigertally/client';

/** How long a deletion can be undone. */
export const UNDO_MS = 7000;

export interface DeferredDelete {
  /** Gone from the page, not yet from the server; the newest last. */
  readonly pending: ReadonlyMap<string, Picture>;
  delete(picture: Picture): void;
  /** Takes the newest deletion back. */
  undo(): void;
}

/** What happens to a deletion in the end. */
export interface Deletion {
  /** Asks the server. */
  carryOut(id: string): Promise<void>;
  /** Asks the server while the page is being closed. */
  carryOutOnLeaving(id: string): Promise<void>;
  deleted(picture: Picture): void;
  failed(error: unknown): void;
}

/** Deletes for real only when nobody can take it back any more. */
export function useDeferredDelete(deletion: Deletion): DeferredDelete {
  const pending = shallowReactive(new Map<string, Picture>());
  const timers = new Map<string, ReturnType<typeof setTimeout>>();

  async function carryOut(picture: Picture): Promise<void> {
    clearTimeout(timers.get(picture.id));
    timers.delete(picture.id);
    try {
      await deletion.carryOut(picture.id);
      deletion.deleted(picture);
    } catch (error) {
      deletion.failed(error);
    } finally {
      pending.delete(picture.id);
    }
  }

  function leave(): void {
    for (const id of timers.keys()) {
      clearTimeout(timers.get(id));
      void deletion.carryOutOnLeaving(id).catch(() => undefined);
    }
    timers.clear();
  }

  addEventListener('pagehide', leave);
  onScopeDispose(() => {
    removeEventListener('pagehide', leave);
    leave();
  });

  return {
    pending,
    delete(picture) {
      pending.set(picture.id, picture);
      timers.set(
        picture.id,
        setTimeout(() => void carryOut(picture), UNDO_MS),
      );
    },
    undo() {
      const id = [...timers.keys()].at(-1);
      if (id === undefined) return;
      clearTimeout(timers.get(id));
      timers.delete(id);
      pending.delete(id);
    },
  };
}
