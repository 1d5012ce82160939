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
