/**
 * What the next refresh carries: the same in all tabs, whatever they can share. A tab that cannot see
 * the secret of the others asks them for the nonce of the generation at hand.
 */
import { rotation } from './vault.js';
import type { TabSignal } from './edges.js';
import type { Sighting, Vault } from './vault.js';

/** Milliseconds that other tabs get to answer a question. */
export const ANSWER_MS = 300;

/** See {@link createNonces}. */
export interface Nonces {
  /** The nonce of the next refresh of `seen`. */
  of(seen: Sighting): string;
  /** Asks the other tabs who is past `seen`, and for its nonce; see {@link ANSWER_MS}. */
  ask(seen: Sighting): void;
  /** Answers a question of another tab, or takes its answer. False: the signal is neither. */
  hear(signal: TabSignal | null): boolean;
}

/** Makes the nonces of one client. `known` returns the session `sid` as this tab has it, if it does. */
export function createNonces(
  vault: Vault,
  known: (sid: string) => Sighting | null,
  post: (signal: TabSignal) => void,
): Nonces {
  let told: Extract<TabSignal, { type: 'nonce' }> | null = null;
  const answer = (sid: string, asked: number): void => {
    const seen = known(sid);
    const generation = seen?.generation ?? -1;
    const nonce = seen && generation === asked && vault.nonce(seen);
    if (generation > asked) post({ v: 1, type: 'changed', sid, generation });
    else if (nonce) post({ v: 1, type: 'nonce', sid, generation, nonce });
  };
  return {
    of(seen) {
      const { sid, generation } = seen;
      const heard = told?.sid === sid && told.generation === generation && told.nonce;
      return vault.nonce(seen) || heard || rotation(seen.csrf, seen);
    },
    ask({ sid, generation }) {
      post({ v: 1, type: 'asked', sid, generation });
    },
    hear(signal) {
      if (signal?.v !== 1) return false;
      if (signal.type === 'nonce') told = signal;
      else if (signal.type === 'asked') answer(signal.sid, signal.generation);
      else return false;
      return true;
    },
  };
}
