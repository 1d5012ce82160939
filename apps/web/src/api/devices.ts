import { http } from '@/session/http';

export type DeviceType = 'web' | 'h5' | 'mini_program' | 'app' | 'desktop' | 'api';

/** A signed-in device: one live session. */
export interface Device {
  readonly id: string;
  readonly current: boolean;
  readonly device_type: DeviceType | null;
  readonly device_name: string | null;
  readonly user_agent: string | null;
  readonly ip: string | null;
  readonly created_at: string;
  readonly last_seen_at: string;
  readonly expires_at: string;
}

/** This device first, then the others by when they were last seen. */
export async function fetchDevices(signal: AbortSignal): Promise<readonly Device[]> {
  const { data } = await http.get<{ sessions: Device[] }>('/auth/sessions', { signal });
  return data.sessions.sort(
    (a, b) => Number(b.current) - Number(a.current) || b.last_seen_at.localeCompare(a.last_seen_at),
  );
}

export async function endDevice(id: string): Promise<void> {
  await http.delete(`/auth/sessions/${encodeURIComponent(id)}`);
}

export async function endOtherDevices(): Promise<void> {
  await http.delete('/auth/sessions', { params: { scope: 'others' } });
}
