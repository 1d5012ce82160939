import { onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';

/** Takes files dropped anywhere on the page. True while some hover over it. */
export function useDropAnywhere(take: (files: Iterable<File>) => void): Readonly<Ref<boolean>> {
  const hovering = ref(false);
  const listening = new AbortController();
  const on = (type: 'dragover' | 'dragleave' | 'drop', act: (event: DragEvent) => void): void =>
    addEventListener(type, act, { signal: listening.signal });

  on('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    // Without this the browser leaves the page to show the file.
    event.preventDefault();
    hovering.value = true;
  });
  on('dragleave', (event) => {
    if (event.relatedTarget === null) hovering.value = false;
  });
  on('drop', (event) => {
    hovering.value = false;
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  onScopeDispose(() => listening.abort());
  return hovering;
}
