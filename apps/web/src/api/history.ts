import type { EventPage } from '@tigertally/client';
import { http } from '@/session/http';

const PAGE = 50;

export async function fetchHistory(cursor: string | null, signal: AbortSignal): Promise<EventPage> {
  const params = { limit: PAGE, ...(cursor !== null && { cursor }) };
  const { data } = await http.get<EventPage>('/auth/events', { params, signal });
  return data;
}
