import type { Picture, PicturePage } from '@tigertally/client';
import { root } from '@/root';
import { client } from '@/session/client';
import { http } from '@/session/http';

const PAGE = 30;

export async function fetchPictures(
  cursor: string | null,
  signal: AbortSignal,
): Promise<PicturePage> {
  const params = { limit: PAGE, ...(cursor !== null && { cursor }) };
  const { data } = await http.get<PicturePage>('/files', { params, signal });
  return data;
}

/** The bytes behind an address that the server named. Asked for with authorisation, unlike `<img src>`. */
export async function fetchBytes(url: string, signal: AbortSignal): Promise<Blob> {
  const { data } = await http.get<Blob>(url, { baseURL: '', responseType: 'blob', signal });
  return data;
}

/** `progress` hears a share from 0 to 1. However long it takes: there is no time limit. */
export async function uploadPicture(
  file: File,
  progress: (share: number) => void,
): Promise<Picture> {
  const form = new FormData();
  form.append('file', file);
  const { data } = await http.post<{ file: Picture }>('/files', form, {
    timeout: 0,
    onUploadProgress: ({ progress: share }) => progress(share ?? 0),
  });
  return data.file;
}

export async function deletePicture(id: string): Promise<void> {
  await http.delete(`/files/${encodeURIComponent(id)}`);
}

/** For a page that is being closed: this request outlives it. */
export async function deletePictureOnLeaving(id: string): Promise<void> {
  const call = {
    method: 'DELETE',
    url: `${root}/api/files/${encodeURIComponent(id)}`,
    replayable: false,
  };
  await client.authorise(call, async ({ headers, credentials }) => {
    const answer = await fetch(call.url, {
      method: call.method,
      headers,
      credentials,
      keepalive: true,
    });
    return { status: answer.status, body: null };
  });
}
