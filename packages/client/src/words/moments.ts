const two = (figure: number): string => String(figure).padStart(2, '0');

/** `2026-11-21` in the visitor's zone, of milliseconds since 1970; days are grouped by it. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `14:32`, or `2:05:09` from an hour on. */
export function countdownText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const short = `${two(minutes)}:${two(seconds % 60)}`;
  return hours > 0 ? `${String(hours)}:${short}` : short;
}
