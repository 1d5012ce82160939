import type { Language } from '@/look/language';

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

const JUST_NOW: Record<Language, string> = { en: 'just now', 'zh-CN': '刚刚' };

/** "3 minutes ago", "in 6 days", "just now". Under a minute is now: clocks are not that equal. */
export function relativeTime(at: string, now: number, language: Language): string {
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const seconds = (Date.parse(at) - now) / 1000;
  for (const [unit, size] of STEPS)
    if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  return JUST_NOW[language];
}

/** Date and time in full, in the visitor's zone. */
export function fullTime(at: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'medium' }).format(
    Date.parse(at),
  );
}

/** The time of day alone. */
export function clockTime(at: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(
    Date.parse(at),
  );
}

/** `2026-11-21` in the visitor's zone; days are grouped by it. */
export function dayOf(at: string): string {
  const date = new Date(at);
  const two = (figure: number): string => String(figure).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** "Today", "Yesterday", or the date with its weekday. */
export function dayTitle(day: string, now: number, language: Language): string {
  const noon = new Date(`${day}T12:00:00`).getTime();
  const apart = Math.round(
    (noon - new Date(new Date(now).setHours(12, 0, 0, 0)).getTime()) / 864e5,
  );
  if (apart === 0 || apart === -1) {
    const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(apart, 'day');
    return words.charAt(0).toLocaleUpperCase(language) + words.slice(1);
  }
  return new Intl.DateTimeFormat(language, { dateStyle: 'full' }).format(noon);
}

/** `14:32`, or `2:05:09` from an hour on. */
export function countdownText(seconds: number): string {
  const two = (figure: number): string => String(figure).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${two(minutes)}:${two(seconds % 60)}`;
}
