/** Whether this phone may sign in by itself: kept from the one tap until the user, or the server, says no. */
import type { AnonymousReason, Env, Storage } from '@tigertally/client';

/** See {@link createBond}. */
export interface Bond {
  /** The account this phone is tied to, or `null`. */
  user(): string | null;
  tie(user: string): void;
  /** From now on only a tap signs in. */
  untie(): void;
  /** {@link untie}, if somebody wanted this ending. */
  heed(reason: AnonymousReason): void;
  /** True if what ended for `reason` may silently be started again. */
  covers(reason: AnonymousReason): boolean;
  /** A silent sign-in begins: the next one has to keep its distance. */
  spend(): void;
}

/**
 * The endings that nobody wanted. After any other (replaced, kicked, disabled, …) signing in by
 * itself would undo what somebody wanted, and two phones would replace each other forever.
 */
const PASSING =
  /^(never|expired|idle|session_unknown|token_(invalid|expired|missing)|refresh_stale)$/;

/** What ended a session begun silently within this time will end the next one too. */
const DISTANCE_MS = 60_000;

interface Kept {
  readonly user: string;
  /** When the last silent sign-in began; 0 for none. */
  readonly at: number;
}

function parse(text: string | null): Kept | null {
  try {
    const { user, at } = JSON.parse(text ?? 'null') as Kept;
    return typeof user === 'string' && typeof at === 'number' ? { user, at } : null;
  } catch {
    return null;
  }
}

/** Opens the bond that `storage` keeps under `key`. Where storage fails, it lasts as long as the page. */
export function createBond(storage: Storage, key: string, env: Pick<Env, 'now'>): Bond {
  const read = (): Kept | null => {
    try {
      return parse(storage.get(key));
    } catch {
      return null;
    }
  };
  let kept = read();
  const keep = (next: Kept | null): void => {
    kept = next;
    try {
      if (next) storage.set(key, JSON.stringify(next));
      else storage.remove(key);
    } catch {
      // The core warns of a storage that fails.
    }
  };
  const untie = (): void => {
    if (kept) keep(null);
  };
  return {
    untie,
    user: () => kept?.user ?? null,
    tie: (user) => {
      keep({ user, at: kept?.user === user ? kept.at : 0 });
    },
    heed: (reason) => {
      if (reason !== 'unreachable' && !PASSING.test(reason)) untie();
    },
    covers: (reason) =>
      kept !== null && PASSING.test(reason) && Math.abs(env.now() - kept.at) >= DISTANCE_MS,
    spend: () => {
      if (kept) keep({ ...kept, at: env.now() });
    },
  };
}
