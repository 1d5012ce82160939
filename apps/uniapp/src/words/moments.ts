/** Times in words. Mini programs have no dependable `Intl`, so the catalogues say how. */
import { dayOf } from '@tigertally/client/words';
import type { TimeUnit, Words } from './zh-CN';

const STEPS: readonly [unit: TimeUnit, seconds: number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** A week less a moment is a week: what was just granted for seven days is not "in 6 days". */
const NEARLY = 0.97;

/** "3 minutes ago", "in 6 days". Under a minute is now: clocks are not that equal. */
export function relativeTime(at: string, now: number, { time }: Words): string {
  const seconds = (Date.parse(at) - now) / 1000;
  for (const [unit, size] of STEPS) {
    const count = Math.trunc(Math.abs(seconds) / size + 1 - NEARLY);
    if (count > 0) return seconds < 0 ? time.ago(count, unit) : time.ahead(count, unit);
  }
  return time.now;
}

/** Date and time in full, in the visitor's zone. */
export const fullTime = (at: string, { time }: Words): string =>
  time.full(new Date(Date.parse(at)));

const two = (figure: number): string => String(figure).padStart(2, '0');

/** The time of day alone. */
export function clockTime(at: string): string {
  const date = new Date(Date.parse(at));
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** "Today", "Yesterday", or the date with its weekday. */
export function dayTitle(at: string, now: number, { time }: Words): string {
  const moment = Date.parse(at);
  if (dayOf(moment) === dayOf(now)) return time.today;
  const noon = new Date(now).setHours(12, 0, 0, 0);
  if (dayOf(moment) === dayOf(noon - 86_400_000)) return time.yesterday;
  return time.day(new Date(moment));
}
