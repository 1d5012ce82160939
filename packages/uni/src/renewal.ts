/**
 * When nobody ended a session on purpose, a mini program needs no sign-in page: the platform confirms
 * its user again. Decides when to do so, once per ending, and what may be told meanwhile.
 */
import { AuthError } from '@tigertally/client';
import type { AuthClient, AuthEvents, AuthState, Env } from '@tigertally/client';
import type { Bond } from './bond.js';

/** What a renewal works with. */
export interface RenewalParts {
  readonly client: AuthClient;
  readonly bond: Bond;
  readonly env: Pick<Env, 'later'>;
  /** Fetches a one-time code from the platform. */
  readonly fetchCode: () => Promise<string>;
  /** Signs in with it. */
  readonly exchange: (code: string) => Promise<unknown>;
  /** Called when a silent sign-in is through, whatever came of it. */
  readonly concluded: () => void;
}

/** See {@link createRenewal}. */
export interface Renewal {
  /** Begins what is due. Settles when nothing is under way. Never rejects. */
  settled(): Promise<void>;
  /** What the client's state means to those outside. */
  state(): AuthState;
  /** Calls back for endings that are not about to be undone. */
  onSignedOut(listener: (data: AuthEvents['signedOut']) => void): () => void;
}

type Anonymous = AuthState & { readonly status: 'anonymous' };

/** People look at a spinner for this long, then at the sign-in page. */
const PATIENCE_MS = 10_000;
const RESTORING: AuthState = { status: 'restoring' };

/** What listeners are not told yet, since it may come undone. */
function createWithheld() {
  let withheld: (() => void)[] = [];
  return {
    add(told: () => void): void {
      withheld.push(told);
    },
    /** It came undone. */
    forget(): void {
      withheld = [];
    },
    tell(): void {
      const told = withheld;
      withheld = [];
      for (const each of told) {
        try {
          each();
        } catch {
          // A listener's own failure is not the session's.
        }
      }
    },
  };
}

/** Has the platform confirm once who is here. Never rejects. */
async function attempt({ bond, fetchCode, exchange }: RenewalParts): Promise<void> {
  try {
    const code = await fetchCode();
    // Signed out while the platform was asked: then it was the user's will.
    if (bond.user() !== null) await exchange(code);
  } catch (error) {
    // The server refused this user; it would do so again.
    if (!(error instanceof AuthError && error.kind === 'transient')) bond.untie();
  }
}

/** Settles with `done`, but waits no longer than people look at a spinner. */
async function patiently(env: RenewalParts['env'], done: Promise<void>): Promise<void> {
  let stop = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    stop = env.later(PATIENCE_MS, resolve);
  });
  await Promise.race([done, late]);
  stop();
}

/** Which endings a phone looks into. Values only: what is to be done with them is decided below. */
interface Endings {
  /** The ending that is about to be undone. */
  readonly undoing: Anonymous | null;
  /** The ending for which there is nothing left to try. */
  readonly accepted: Anonymous | null;
}

/** True for an ending that should be undone. `covered`: this phone may sign in by itself after it. */
export const isDue = (state: AuthState, { accepted }: Endings, covered: boolean): boolean =>
  state.status === 'anonymous' && state !== accepted && covered;

/** What the core's state means to those outside. `bound`: this phone still has a user. */
export const seenAs = (
  state: AuthState,
  endings: Endings,
  covered: boolean,
  bound: boolean,
): AuthState =>
  (bound && endings.undoing === state) || isDue(state, endings, covered) ? RESTORING : state;

/** Makes the renewal of one client, and begins to watch. */
export function createRenewal(parts: RenewalParts): Renewal {
  const { client, bond, env } = parts;
  const withheld = createWithheld();
  let endings: Endings = { undoing: null, accepted: null };
  let running: Promise<void> | null = null;
  const covers = (state: AuthState): boolean =>
    state.status === 'anonymous' && bond.covers(state.reason);

  const renew = async (ended: Anonymous): Promise<void> => {
    await patiently(env, attempt(parts));
    endings = { undoing: null, accepted: ended };
    running = null;
    if ('user' in client.state) withheld.forget();
    else withheld.tell();
    parts.concluded();
  };
  const consider = (): void => {
    const { state } = client;
    if (running || state.status !== 'anonymous') return;
    if (isDue(state, endings, covers(state))) {
      // Before anything is sent: a crash in the middle must not begin it again at once.
      bond.spend();
      endings = { ...endings, undoing: state };
      running = renew(state);
    } else {
      // Decided once per ending: time alone must not make a sign-in page a spinner again.
      endings = { ...endings, accepted: state };
      bond.heed(state.reason);
    }
  };

  client.subscribe(consider);
  client.on('signedIn', ({ user }) => {
    // Somebody else came out of it, so the previous user's session did end.
    if (user.id !== bond.user()) withheld.tell();
  });
  return {
    async settled() {
      consider();
      await running;
    },
    state: () => seenAs(client.state, endings, covers(client.state), bond.user() !== null),
    onSignedOut(listener) {
      let heard = true;
      const stop = client.on('signedOut', (data) => {
        if (running) withheld.add(() => void (heard && listener(data)));
        else listener(data);
      });
      return () => {
        heard = false;
        stop();
      };
    },
  };
}
