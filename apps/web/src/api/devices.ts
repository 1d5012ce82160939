import type { Session, SessionPage } from '@tigertally/client';
import { http } from '@/session/http';

/** A signed-in device: one live session. */
export type Device = Session;

/** This device first, then the others by when they were last seen. */
export async function fetchDevices(signal: AbortSignal): Promise<readonly Device[]> {
  const all: Device[] = [];
  let cursor: string | null | undefined;
  do {
    const { data } = await http.get<SessionPage>('/auth/sessions', { signal, params: { cursor } });
    all.push(...data.sessions);
    cursor = data.next_cursor;
  } while (cursor);
  return all.sort(
    (a, b) => Number(b.current) - Number(a.current) || b.last_seen_at.localeCompare(a.last_seen_at),
  );
}

export async function endDevice(id: string): Promise<void> {
  await http.delete(`/auth/sessions/${encodeURIComponent(id)}`);
}

export async function endOtherDevices(): Promise<void> {
  await http.delete('/auth/sessions', { params: { scope: 'others' } });
}
