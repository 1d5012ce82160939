import type { HistoryEvent } from '../contract.js';
import { ICONS } from './icons.generated.js';
import { dayOf } from './moments.js';

/** Subject and action of an event's name, or `other`: a key of `event` in the catalogues. */
export type EventKey = keyof typeof ICONS | 'other';

/** How an event is called and drawn. */
export interface EventLook {
  readonly key: EventKey;
  readonly icon: (typeof ICONS)[keyof typeof ICONS] | 'info' | 'cross';
}

/** What to call an event and how to draw it; new names of a newer server get general words. */
export function lookOf({ name, outcome }: Pick<HistoryEvent, 'name' | 'outcome'>): EventLook {
  const deed = name.slice(name.indexOf(':') + 1);
  const known = Object.keys(ICONS).find((each) => each === deed) as keyof typeof ICONS | undefined;
  if (known) return { key: known, icon: ICONS[known] };
  return { key: 'other', icon: outcome === 'failure' ? 'cross' : 'info' };
}

/** Somebody who runs the service did it. */
export const byOperator = ({ name }: Pick<HistoryEvent, 'name'>): boolean =>
  /^(cli|admin):/.test(name);

/** What happened on one day. */
export interface Day {
  /** `2026-11-21`, in the visitor's zone. */
  readonly day: string;
  readonly events: HistoryEvent[];
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
