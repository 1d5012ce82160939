import { useAuthStore } from '@tigertally/vue';
import { onShow } from '@dcloudio/uni-app';
import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import { client } from './client';
import { problemOf } from './problem';
import type { Problem } from './problem';

/** Below this a skeleton would only flicker. */
const SKELETON_AFTER_MS = 300;

/** What a page that loads something shows. */
export interface Load<T> {
  readonly data: ShallowRef<T | null>;
  readonly problem: Ref<Problem | null>;
  /** It takes long enough for a skeleton. */
  readonly slow: Ref<boolean>;
  readonly reload: () => Promise<void>;
}

const signedIn = (): string | undefined =>
  'user' in client.state ? client.state.user.id : undefined;

/** Loads when the page is shown and when somebody signs in. What was loaded stays while it is renewed. */
export function useLoad<T>(fetch: () => Promise<T>): Load<T> {
  const auth = useAuthStore();
  const data = shallowRef<T | null>(null);
  const problem = ref<Problem | null>(null);
  const slow = ref(false);
  let turn = 0;
  let owner: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function reload(): Promise<void> {
    const mine = ++turn;
    clearTimeout(timer);
    timer = setTimeout(() => {
      slow.value = true;
    }, SKELETON_AFTER_MS);
    try {
      owner = signedIn();
      await client.ready;
      owner = signedIn();
      // The guards are about to leave this page.
      if (owner === undefined) return;
      const found = await fetch();
      if (mine !== turn) return;
      data.value = found;
      problem.value = null;
    } catch (error) {
      if (mine === turn) problem.value = problemOf(error);
    } finally {
      if (mine === turn) {
        clearTimeout(timer);
        slow.value = false;
      }
    }
  }

  onShow(reload);
  watch(
    () => auth.user?.id,
    (id) => {
      // The page may have been shown, and have asked, before the store heard of the sign-in.
      if (id === owner) return;
      owner = undefined;
      data.value = null;
      if (id !== undefined) void reload();
    },
  );
  watch(
    () => auth.isReconnecting,
    (reconnecting) => {
      // Back in touch: what could not be fetched meanwhile can be.
      if (!reconnecting && problem.value) void reload();
    },
  );
  onScopeDispose(() => {
    turn++;
    clearTimeout(timer);
  });
  return { data, problem, slow, reload };
}
