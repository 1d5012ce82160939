import { accountOf } from '@tigertally/client';
import type { EventPage } from '@tigertally/client';
import { client } from '@/session/client';

const PAGE = 30;

/** A page of the history, from `cursor` on or from the newest event. */
export const fetchEvents = (cursor?: string): Promise<EventPage> =>
  accountOf(client).events({ ...(cursor !== undefined && { cursor }), limit: PAGE });
