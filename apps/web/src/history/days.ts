import type { HistoryEvent } from '@tigertally/client';
import { dayOf } from '@/shell/moments';

export interface Day {
  /** `2026-11-21`, in the visitor's zone. */
  readonly day: string;
  readonly events: HistoryEvent[];
}

/** Groups events, which come newest first, by the visitor's days. */
export function byDay(events: readonly HistoryEvent[]): Day[] {
  const days: Day[] = [];
  for (const event of events) {
    const day = dayOf(event.at);
    const last = days.at(-1);
    if (last?.day === day) last.events.push(event);
    else days.push({ day, events: [event] });
  }
  return days;
}
