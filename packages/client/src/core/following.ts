/** What the client does when the store, or another tab, is ahead of it. */
import type { TabSignal } from '../edges.js';
import type { Sighting } from './record.js';
import type { State } from './state.js';

/**
 * What the store asks for, if anything. `vanish`: nobody is signed in there (any more). `repair`: a slower tab put an
 * older generation back, which the next start would present. `hold`: another tab proved again who this
 * is; that token is the good one, and may be fresh. `adopt`: another session, or a newer generation.
 * `learn`: these cookies are somebody's, but not known to be this user's; nothing may be sent for them.
 */
export type Following = 'vanish' | 'repair' | 'hold' | 'adopt' | 'learn' | null;

/** How to fall in with `seen`. `foreign`: another version wrote the record, so it says nothing to us. */
export function following(
  { held, buried, signingIn, shown }: State,
  seen: Sighting | null,
  foreign: boolean,
  cookies: boolean,
): Following {
  if (signingIn || foreign) return null;
  if (!seen || seen.sid === buried) return held ? 'vanish' : null;
  const ahead = held?.session.id === seen.sid ? held.session.generation - seen.generation : -1;
  if (held && ahead >= 0) {
    if (ahead > 0) return cookies ? null : 'repair';
    const { access, receivedAt } = seen.held ?? held;
    return access !== held.access && receivedAt > held.receivedAt ? 'hold' : null;
  }
  if (seen.held) return 'adopt';
  return shown.status === 'restoring' ? null : 'learn';
}

/**
 * What a signal of another tab asks for, if anything. `end`: the session at hand is over. `answer`: a question for
 * this tab. `look`: the store has moved on. `wait`: it may have, in a moment.
 */
export type Hearing = 'end' | 'answer' | 'look' | 'wait' | null;

/** The state that knows `signal`, and what it asks for. `null`: something happened to the store. */
export function hearing(state: State, signal: TabSignal | null): readonly [State, Hearing] {
  if (!signal) return [state, 'wait'];
  const mine = state.held?.session.id === signal.sid;
  // Another version's signals may mean anything; that the store should be looked at is always right.
  const type = (signal.v as number) === 1 ? signal.type : '';
  if (type === 'signedOut') return [state, mine ? 'end' : null];
  if (type === 'asked') return [state, 'answer'];
  if (signal.type === 'nonce' && type) return [{ ...state, nonce: signal }, null];
  if (!mine || signal.type !== 'changed') return [state, 'look'];
  return [{ ...state, heard: Math.max(state.heard, signal.generation) }, 'look'];
}
