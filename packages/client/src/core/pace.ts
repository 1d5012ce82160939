/**
 * When a refresh may be sent: the back-off after failures, the pause the server asked all tabs for, and
 * a brake for the case that every new token is refused again.
 */
import { TransientError } from '../errors.js';

const BRAKE_COUNT = 3;
const BRAKE_MS = 10_000;
const SHORTEST_LIFE_MS = 1000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/** How the last refreshes went. Times are milliseconds of the monotonic clock. */
export interface Pace {
  /** Failures in a row. */
  readonly failures: number;
  /** When to try again after a failure; `null` when the last refresh succeeded. */
  readonly retryAt: number | null;
  /** When tokens were replaced that had not lived as long as was planned; the last three times. */
  readonly early: readonly number[];
  /** When tokens were replaced last. */
  readonly last: number;
}

/** Nothing was sent yet. */
export const RESTED: Pace = { failures: 0, retryAt: null, early: [], last: -Infinity };

/** Milliseconds until the next attempt after a failure; `null` when the last one succeeded. */
export const waitOf = ({ retryAt }: Pace, now: number): number | null =>
  retryAt === null ? null : retryAt - now;

/**
 * Why no refresh may be sent now, or `null`. `pause`: milliseconds the server asked everybody to wait.
 * `eager` ignores the own back-off, nothing else.
 */
export function refusal(
  pace: Pace,
  now: number,
  pause: number,
  eager: boolean,
): TransientError | null {
  const [first = 0] = pace.early;
  const braked = pace.early.length < BRAKE_COUNT ? 0 : first + BRAKE_MS - now;
  const ms = Math.max(pause, braked, eager ? 0 : (waitOf(pace, now) ?? 0));
  if (ms <= 0) return null;
  const code = ms === braked ? 'refresh_braked' : 'refresh_postponed';
  return new TransientError(code, undefined, { retryAfter: ms / 1000 });
}

/** True for the errors made by {@link refusal}. */
export const isRefusal = (error: TransientError): boolean =>
  /^refresh_(braked|postponed)$/.test(error.code);

/** New tokens arrived. `due`: the old ones had lived as long as was planned. */
export function renewed(pace: Pace, now: number, due: boolean): Pace {
  // Short-lived tokens are renewed often, and that is no loop; more than once a second would be.
  const looping = !due || now - pace.last < SHORTEST_LIFE_MS;
  const early = looping ? [...pace.early, now].slice(-BRAKE_COUNT) : pace.early;
  return { ...pace, early, last: now };
}

/** A refresh failed, or was refused. `chance` in [0, 1). */
export function failed(pace: Pace, now: number, error: TransientError, chance: number): Pace {
  const soonest = now + (error.retryAfter ?? 0) * 1000;
  if (isRefusal(error)) return { ...pace, retryAt: Math.max(pace.retryAt ?? 0, soonest) };
  // Full jitter: a thousand clients that lost the server together do not come back together.
  const ceiling = Math.min(FIRST_WAIT_MS * 2 ** pace.failures, LONGEST_WAIT_MS);
  const retryAt = Math.max(now + chance * ceiling, soonest);
  return { ...pace, failures: pace.failures + 1, retryAt };
}

/** There is nothing to back off from. */
export const rested = (pace: Pace): Pace => ({ ...pace, failures: 0, retryAt: null });
