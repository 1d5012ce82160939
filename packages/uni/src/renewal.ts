/**
 * When a session is over by nobody's will, a mini program needs no sign-in page: the platform vouches
 * for its user again. Decides when to do so, once per ending, and what may be told meanwhile.
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

/** Makes the renewal of one client, and begins to watch. */
export function createRenewal(parts: RenewalParts): Renewal {
  const { client, bond, env } = parts;
  let running: { readonly ended: Anonymous; readonly done: Promise<void> } | null = null;
  /** The ending for which there is nothing left to try. */
  let accepted: Anonymous | null = null;
  let withheld: (() => void)[] = [];

  const tellWithheld = (): void => {
    const told = withheld;
    withheld = [];
    for (const each of told) {
      try {
        each();
      } catch {
        // A listener's own failure is not the session's.
      }
    }
  };
  const attempt = async (): Promise<void> => {
    try {
      const code = await parts.fetchCode();
      // Signed out while the platform was asked: then it was the user's will.
      if (bond.user() !== null) await parts.exchange(code);
    } catch (error) {
      // The server refused this user; it would do so again.
      if (!(error instanceof AuthError && error.kind === 'transient')) bond.untie();
    }
  };
  const renew = async (ended: Anonymous): Promise<void> => {
    let stop = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      stop = env.later(PATIENCE_MS, resolve);
    });
    await Promise.race([attempt(), late]);
    stop();
    accepted = ended;
    running = null;
    if ('user' in client.state) withheld = [];
    else tellWithheld();
    parts.concluded();
  };
  const due = (state: AuthState): boolean =>
    state.status === 'anonymous' && state !== accepted && bond.covers(state.reason);
  const consider = (): void => {
    const { state } = client;
    if (running || state.status !== 'anonymous') return;
    if (due(state)) {
      // Before anything is sent: a crash in the middle must not begin it again at once.
      bond.spend();
      running = { ended: state, done: renew(state) };
    } else {
      // Decided once per ending: time alone must not make a sign-in page a spinner again.
      accepted = state;
      bond.heed(state.reason);
    }
  };

  client.subscribe(consider);
  client.on('signedIn', ({ user }) => {
    // Somebody else came out of it, so the previous user's session did end.
    if (user.id !== bond.user()) tellWithheld();
  });
  return {
    async settled() {
      consider();
      await running?.done;
    },
    state() {
      const { state } = client;
      const undoing = running?.ended === state && bond.user() !== null;
      return undoing || due(state) ? RESTORING : state;
    },
    onSignedOut(listener) {
      let heard = true;
      const stop = client.on('signedOut', (data) => {
        if (running) withheld.push(() => void (heard && listener(data)));
        else listener(data);
      });
      return () => {
        heard = false;
        stop();
      };
    },
  };
}
