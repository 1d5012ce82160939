/**
 * What the next refresh carries: the same in all tabs, whatever they can share. A tab that cannot see
 * the secret of the others asks them for the nonce of the generation at hand.
 */
import { rotation, sightingOf } from './core/record.js';
import { look, ownNonce } from './vault.js';
import type { Sighting } from './core/record.js';
import type { TabSignal } from './edges.js';
import type { Tab } from './tab.js';

/** A question of another tab. */
export type Asked = Extract<TabSignal, { type: 'asked' }>;

/** Milliseconds that other tabs get to answer a question. */
export const ANSWER_MS = 300;

/** Tells the other tabs. Best effort: they look at the store before they use a token anyway. */
export function post(tab: Tab, signal: TabSignal): void {
  try {
    tab.options.coordinator.post(signal);
  } catch {
    // Nobody hears it.
  }
}

/** The session `sid`, as the store has it or else as it is held. */
export function known(tab: Tab, sid: string): Sighting | null {
  const { held } = tab.state;
  const seen = look(tab);
  return seen?.sid === sid ? seen : held?.session.id === sid ? sightingOf(held) : null;
}

/** Asks the other tabs who is past `seen`, and for its nonce; see {@link ANSWER_MS}. */
export function askTabs(tab: Tab, { sid, generation }: Sighting): void {
  post(tab, { v: 1, type: 'asked', sid, generation });
}

/** Answers a question of another tab. */
export function answerTab(tab: Tab, { sid, generation: asked }: Asked): void {
  const seen = known(tab, sid);
  const generation = seen?.generation ?? -1;
  const nonce = seen && generation === asked && ownNonce(tab, seen);
  if (generation > asked) post(tab, { v: 1, type: 'changed', sid, generation });
  else if (nonce) post(tab, { v: 1, type: 'nonce', sid, generation, nonce });
}

/** The refresh request for what the store says; also used to end all sessions with an expired token. */
export function refreshRequest(
  tab: Tab,
  seen: Sighting,
): { headers: Record<string, string>; body: string | undefined } {
  const { nonce: told } = tab.state;
  const heard = told?.sid === seen.sid && told.generation === seen.generation && told.nonce;
  const nonce = ownNonce(tab, seen) || heard || rotation(seen.csrf, seen);
  const refresh = seen.held?.refresh;
  const proof: Record<string, string> =
    refresh === undefined ? { 'X-CSRF-Token': seen.csrf } : { Authorization: `Bearer ${refresh}` };
  return {
    headers: { 'Tally-Nonce': nonce, ...proof },
    body: refresh === undefined ? JSON.stringify({ generation: seen.generation }) : undefined,
  };
}
