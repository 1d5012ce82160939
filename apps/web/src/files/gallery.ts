import { computed, ref, shallowRef, watch } from 'vue';
import type { ComputedRef, Ref, ShallowRef } from 'vue';
import type { Picture, PicturePage, Usage } from '@tigertally/client';
import { fetchPictures } from '@/api/files';
import { problemOf } from '@/session/problem';
import type { Problem } from '@/session/problem';
import type { Loaded } from '@/state/load';
import { useLoad } from '@/state/load';

export interface Gallery {
  readonly first: Loaded<PicturePage>;
  readonly pictures: Readonly<ShallowRef<readonly Picture[]>>;
  readonly usage: Readonly<ShallowRef<Usage | null>>;
  readonly hasMore: ComputedRef<boolean>;
  readonly moreProblem: Readonly<ShallowRef<Problem | null>>;
  readonly fetching: Readonly<Ref<boolean>>;
  more(): Promise<void>;
  add(picture: Picture): void;
  remove(picture: Picture): void;
}

/** The user's pictures, newest first, a page at a time. */
export function useGallery(): Gallery {
  const first = useLoad((signal) => fetchPictures(null, signal));
  const pictures = shallowRef<readonly Picture[]>([]);
  const usage = shallowRef<Usage | null>(null);
  const cursor = ref<string | null>(null);
  const fetching = ref(false);
  const moreProblem = shallowRef<Problem | null>(null);

  watch(first.data, (page) => {
    if (!page) return;
    pictures.value = page.files;
    usage.value = page.usage;
    cursor.value = page.next_cursor;
  });

  function count(bytes: number): void {
    if (usage.value) usage.value = { ...usage.value, used: Math.max(0, usage.value.used + bytes) };
  }

  async function more(): Promise<void> {
    if (fetching.value || cursor.value === null) return;
    fetching.value = true;
    moreProblem.value = null;
    try {
      const page = await fetchPictures(cursor.value, new AbortController().signal);
      const known = new Set(pictures.value.map(({ id }) => id));
      pictures.value = [...pictures.value, ...page.files.filter(({ id }) => !known.has(id))];
      cursor.value = page.next_cursor;
    } catch (error) {
      moreProblem.value = problemOf(error);
    } finally {
      fetching.value = false;
    }
  }

  return {
    first,
    pictures,
    usage,
    hasMore: computed(() => cursor.value !== null),
    moreProblem,
    fetching,
    more,
    add(picture) {
      pictures.value = [picture, ...pictures.value];
      count(picture.size);
    },
    remove(picture) {
      pictures.value = pictures.value.filter(({ id }) => id !== picture.id);
      count(-picture.size);
    },
  };
}
