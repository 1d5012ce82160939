import type { DeviceType } from './devices';
import { http } from '@/session/http';

/** One thing that happened to the account. */
export interface HistoryEvent {
  readonly id: string;
  readonly at: string;
  readonly name: string;
  readonly outcome: 'success' | 'failure';
  readonly reason: string | null;
  readonly session_id: string | null;
  readonly device_type: DeviceType | null;
  readonly device_name: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
}

export interface HistoryPage {
  readonly events: readonly HistoryEvent[];
  readonly next_cursor: string | null;
}

const PAGE = 50;

export async function fetchHistory(
  cursor: string | null,
  signal: AbortSignal,
): Promise<HistoryPage> {
  const params = { limit: PAGE, ...(cursor !== null && { cursor }) };
  const { data } = await http.get<HistoryPage>('/auth/events', { params, signal });
  return data;
}
