import { accountOf } from '@tigertally/client';
import { client } from '@/session/client';
import { dayOf } from '@/words/moments';
import type { Words } from '@/words';

/** One thing that happened, as the server tells it. */
export interface HistoryEvent {
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  /** `source:subject:action`. */
  readonly name: string;
  readonly outcome: 'success' | 'failure';
  readonly device_name: string | null;
  readonly ip: string | null;
}

export interface HistoryPage {
  readonly events: readonly HistoryEvent[];
  readonly next: string | null;
}

export interface Day {
  /** `2026-11-21`, in the visitor's zone. */
  readonly day: string;
  readonly events: HistoryEvent[];
}

const PAGE = 30;

export async function fetchEvents(cursor?: string): Promise<HistoryPage> {
  const { events, next_cursor } = await accountOf(client).events({
    ...(cursor !== undefined && { cursor }),
    limit: PAGE,
  });
  return { events: events as unknown as HistoryEvent[], next: next_cursor };
}

/** Groups events, which come newest first, by the visitor's days. */
export function byDay(events: readonly HistoryEvent[]): Day[] {
  const days: Day[] = [];
  for (const event of events) {
    const day = dayOf(Date.parse(event.at));
    const last = days[days.length - 1];
    if (last?.day === day) last.events.push(event);
    else days.push({ day, events: [event] });
  }
  return days;
}

type Look = readonly [key: keyof Words['event'], icon: string];

/** By subject and action; the source (who acted) is told apart where it matters to the user. */
const LOOKS: Readonly<Record<string, Look>> = {
  'user:registered': ['registered', 'plus'],
  'user:created': ['created', 'plus'],
  'user:imported': ['created', 'plus'],
  'user:updated': ['updated', 'info'],
  'user:promoted': ['promoted', 'key'],
  'user:deleted': ['deletionAsked', 'trash'],
  'user:disabled': ['disabled', 'cross'],
  'user:enabled': ['enabled', 'check'],
  'deletion:cancelled': ['deletionCancelled', 'check'],
  'user:reauthenticated': ['reauthenticated', 'key'],
  'user:reauthentication_refused': ['reauthenticationRefused', 'cross'],
  'session:opened': ['opened', 'check'],
  'session:refused': ['refused', 'cross'],
  'session:ended': ['ended', 'exit'],
  'session:replaced': ['replaced', 'exit'],
  'session:kicked': ['kicked', 'exit'],
  'session:evicted': ['evicted', 'exit'],
  'refresh:refused': ['refreshRefused', 'cross'],
  'refresh:reused': ['refreshReused', 'alert'],
  'lockout:began': ['lockoutBegan', 'alert'],
  'lockout:refused': ['lockoutRefused', 'cross'],
  'lockout:ended': ['lockoutEnded', 'check'],
  'access:refused': ['accessRefused', 'cross'],
  'csrf:refused': ['csrfRefused', 'alert'],
  'code:refused': ['codeRefused', 'cross'],
  'password:changed': ['passwordChanged', 'key'],
  'password:set': ['passwordSet', 'key'],
  'email:verified': ['emailVerified', 'check'],
  'password:rehashed': ['passwordRehashed', 'key'],
  'identity:linked': ['linked', 'plus'],
  'identity:link_refused': ['linkRefused', 'cross'],
  'identity:unlinked': ['unlinked', 'trash'],
  'identity:withdrawn': ['withdrawn', 'alert'],
  'phone:read': ['phoneRead', 'app'],
  'file:added': ['fileAdded', 'info'],
  'file:deleted': ['fileDeleted', 'trash'],
  'password:change_refused': ['passwordRefused', 'cross'],
};

/** What to call an event and how to draw it; new names of a newer server get general words. */
export function lookOf({ name, outcome }: Pick<HistoryEvent, 'name' | 'outcome'>): Look {
  const known = LOOKS[name.split(':').slice(1).join(':')];
  return known ?? ['other', outcome === 'failure' ? 'cross' : 'info'];
}

/** Somebody who runs the service did it. */
export const byOperator = ({ name }: Pick<HistoryEvent, 'name'>): boolean =>
  /^(cli|admin):/.test(name);
