import { reactive } from 'vue';
import type { Picture } from '@tigertally/client';
import { uploadPicture } from '@/api/files';
import type { Problem } from '@/session/problem';
import { problemOf } from '@/session/problem';

export interface Upload {
  readonly key: number;
  readonly file: File;
  /** From 0 to 1. */
  share: number;
  problem: Problem | null;
}

export interface Uploads {
  readonly list: readonly Upload[];
  add(files: Iterable<File>): void;
  retry(upload: Upload): void;
  dismiss(upload: Upload): void;
}

/** Two at once: one alone wastes the wait for the server, many starve each other. */
const AT_ONCE = 2;

/** Sends files in the order they were given and tells of each picture when it has arrived. */
export function useUploads(arrived: (picture: Picture) => void): Uploads {
  const list = reactive<Upload[]>([]);
  const waiting: Upload[] = [];
  let sending = 0;
  let keys = 0;

  async function send(upload: Upload): Promise<void> {
    try {
      const picture = await uploadPicture(upload.file, (share) => {
        upload.share = share;
      });
      dismiss(upload);
      arrived(picture);
    } catch (error) {
      upload.problem = problemOf(error);
    }
  }

  function pump(): void {
    while (sending < AT_ONCE) {
      const next = waiting.shift();
      if (!next) return;
      sending++;
      void send(next).finally(() => {
        sending--;
        pump();
      });
    }
  }

  function dismiss(upload: Upload): void {
    const index = list.findIndex(({ key }) => key === upload.key);
    if (index >= 0) list.splice(index, 1);
  }

  function enqueue(upload: Upload): void {
    waiting.push(upload);
    pump();
  }

  return {
    list,
    dismiss,
    add(files) {
      for (const file of files) {
        list.push({ key: keys++, file, share: 0, problem: null });
        const upload = list.at(-1);
        if (upload) enqueue(upload);
      }
    },
    retry(upload) {
      upload.share = 0;
      upload.problem = null;
      enqueue(upload);
    },
  };
}
