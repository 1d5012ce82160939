/** The moment at which a day begins here, for the service; `''` for no day. */
export function beginningOf(day: string): string {
  return momentOf(day, 0);
}

/** The moment at which a day is over here: that of the next one's beginning. */
export function endOf(day: string): string {
  return momentOf(day, 1);
}

function momentOf(day: string, later: number): string {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day)?.slice(1).map(Number);
  if (!parts) return '';
  const [year = 0, month = 0, date = 0] = parts;
  // Days are 23 or 25 hours long where clocks change: the calendar counts, not the hours.
  return new Date(year, month - 1, date + later).toISOString();
}
