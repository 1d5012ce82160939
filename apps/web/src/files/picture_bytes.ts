import { onScopeDispose, ref, watch } from 'vue';
import type { Ref } from 'vue';
import { fetchBytes } from '@/api/files';

/** The address of a picture's bytes in memory, once they are here; `failed` when they cannot be had. */
export function usePictureBytes(url: Readonly<Ref<string | null>>): {
  readonly source: Readonly<Ref<string | null>>;
  readonly failed: Readonly<Ref<boolean>>;
} {
  const source = ref<string | null>(null);
  const failed = ref(false);
  let current = new AbortController();

  function release(): void {
    current.abort();
    if (source.value !== null) URL.revokeObjectURL(source.value);
    source.value = null;
    failed.value = false;
  }

  async function take(wanted: string): Promise<void> {
    const { signal } = (current = new AbortController());
    try {
      const bytes = await fetchBytes(wanted, signal);
      if (!signal.aborted) source.value = URL.createObjectURL(bytes);
    } catch {
      if (!signal.aborted) failed.value = true;
    }
  }

  watch(
    url,
    (wanted) => {
      release();
      if (wanted !== null) void take(wanted);
    },
    { immediate: true },
  );
  onScopeDispose(release);
  return { source, failed };
}
