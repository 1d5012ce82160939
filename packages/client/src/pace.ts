/**
 * When a refresh may be sent: the back-off after failures, the pause the server asked all tabs for, and
 * a brake for the case that every new token is refused again.
 */
import { TransientError } from './errors.js';
import type { Env } from './edges.js';
import type { Vault } from './vault.js';

const BRAKE_COUNT = 3;
const BRAKE_MS = 10_000;
const SHORTEST_LIFE_MS = 1000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/** See {@link createPace}. */
export interface Pace {
  /** Why no refresh may be sent now, or `null`. `eager` ignores the back-off, nothing else. */
  refusal(eager: boolean): TransientError | null;
  /** New tokens arrived. `due`: the old ones had lived as long as was planned. */
  renewed(due: boolean): void;
  failed(error: TransientError): void;
  reset(): void;
  /** Milliseconds until the next attempt after a failure; `null` when the last one succeeded. */
  wait(): number | null;
}

/** True for the errors made by {@link Pace.refusal}. */
export const isRefusal = (error: TransientError): boolean =>
  /^refresh_(braked|postponed)$/.test(error.code);

/** Makes the pace of one client. */
export function createPace(env: Env, vault: Vault): Pace {
  let failures = 0;
  let retryAt: number | null = null;
  let renewals: number[] = [];
  let last = -Infinity;
  const wait = (): number | null => (retryAt === null ? null : retryAt - env.monotonic());
  return {
    wait,
    refusal(eager) {
      const now = env.monotonic();
      renewals = renewals.filter((at) => now - at < BRAKE_MS);
      const braked = renewals.length < BRAKE_COUNT ? 0 : (renewals[0] ?? 0) + BRAKE_MS - now;
      const ms = Math.max(vault.pause(), braked, eager ? 0 : (wait() ?? 0));
      if (ms <= 0) return null;
      const code = ms === braked ? 'refresh_braked' : 'refresh_postponed';
      return new TransientError(code, undefined, { retryAfter: ms / 1000 });
    },
    renewed(due) {
      const now = env.monotonic();
      // Short-lived tokens are renewed often, and that is no loop; more than once a second would be.
      if (!due || now - last < SHORTEST_LIFE_MS) renewals.push(now);
      last = now;
    },
    failed(error) {
      const now = env.monotonic();
      const asked = (error.retryAfter ?? 0) * 1000;
      if (!isRefusal(error)) {
        if (asked > 0) vault.pause(Math.ceil(asked));
        // Full jitter: a thousand clients that lost the server together do not come back together.
        const ceiling = Math.min(FIRST_WAIT_MS * 2 ** failures++, LONGEST_WAIT_MS);
        retryAt = now + env.random() * ceiling;
      }
      retryAt = Math.max(retryAt ?? 0, now + asked);
    },
    reset() {
      failures = 0;
      retryAt = null;
    },
  };
}
