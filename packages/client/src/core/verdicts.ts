/** What the client makes of the server's answers to its own requests, and to those of its users. */
import { codeOf, fieldsOf, isSessionCode, isTokenCode, messageOf } from './answers.js';
import { sightingOf } from './record.js';
import type { Grant, Verdict } from '../types.js';
import type { Held, Sighting } from './record.js';
import type { State } from './state.js';

/**
 * What the answer to a refresh asks for that has no tokens. `again`: send once more with what the store has.
 * `look`: the same, after a moment. `ask`, `doubt`: over, unless the other tabs, or the store, turn out
 * to be ahead. `end`: over. `fail`: try later; it was nobody's verdict.
 */
export type RefreshVerdict = 'again' | 'look' | 'ask' | 'doubt' | 'end' | 'fail';

/** Judges an answer to a refresh that has no tokens of its session. `last`: there is no further try. */
export function judgeRefresh(
  { status, body }: Verdict,
  cookies: boolean,
  last: boolean,
): RefreshVerdict {
  const code = codeOf(body);
  if (status === 403 && code === 'csrf_failed' && !last) return 'again';
  // The refresh cookie had moved on and the readable one follows: worth one more look.
  if (status === 409 && code === 'refresh_stale') return cookies && !last ? 'look' : 'ask';
  if (status !== 401) return 'fail';
  if (isTokenCode(code)) return 'doubt';
  return isSessionCode(code) ? 'end' : 'fail';
}

/** What the answer to somebody's request asks for. `guard`: send again with the current CSRF token. */
export type CallVerdict = 'pass' | 'guard' | 'renew';

/** What may still be tried for a request. */
export interface Chances {
  /** A newer CSRF token. */
  guard: boolean;
  /** A newer access token. */
  token: boolean;
}

/** Judges the answer to somebody's request. `code` is `''` where it is none of our servers'. */
export function judgeCall(status: number, code: string, left: Chances): CallVerdict {
  if (status === 403 && code === 'csrf_failed' && left.guard) return 'guard';
  const ours = isSessionCode(code) || (isTokenCode(code) && left.token);
  return status === 401 && ours ? 'renew' : 'pass';
}

/**
 * What a 401 asks for. `end`: the session at hand is over. `over`: the one it was sent for is, and that
 * is history here. `refresh`: newer tokens are needed. `replay`: they have come already.
 */
export type RenewalVerdict = 'end' | 'over' | 'refresh' | 'replay';

/** Judges a 401 of ours on a request that was sent with `sent`. */
export function judgeRenewal(
  { held }: State,
  sent: Held,
  code: string,
  replayed: boolean,
): RenewalVerdict {
  const { id, generation } = sent.session;
  const now = held?.session;
  const mine = now?.id === id;
  // A sign-in here ended the one before: whose request this is, is asked before it is sent again.
  if (isSessionCode(code) && (mine || !now || replayed)) return mine ? 'end' : 'over';
  // A token that came meanwhile, by proving again who this is, may be good: it is tried first.
  return mine && now.generation === generation && held?.access === sent.access
    ? 'refresh'
    : 'replay';
}

/** Goes with requests that are none of our business. */
export const NOTHING: Grant = { headers: {}, credentials: 'same-origin' };

/** What a request sends along in body delivery. */
export const tokenGrant = (held: Held | null): Grant =>
  held?.access === undefined
    ? NOTHING
    : { ...NOTHING, headers: { Authorization: `Bearer ${held.access}` } };

/**
 * What a request sends along with cookies, or `null` where they are another session's already. `marked`:
 * signed out here, and the server could not be told yet, so its cookies must not speak for anybody.
 */
export function cookieGrant(
  held: Held | null,
  seen: Sighting | null,
  marked: boolean,
  method: string,
): Grant | null {
  if (marked) return { headers: {}, credentials: 'omit' };
  // A sign-in is about to be answered, and the cookies are the next user's already.
  if (held && seen && seen.sid !== held.session.id) return null;
  const safe = /^(get|head|options)$/i.test(method);
  return { headers: seen && !safe ? { 'X-CSRF-Token': seen.csrf } : {}, credentials: 'include' };
}

/** The server ended it, and said so: the answer of a captive portal is none. */
export const isEnded = ({ status, body }: Verdict): boolean =>
  status === 200 && messageOf(body) !== undefined;

/** There is nothing left to end. */
export const isOver = (answer: Verdict): boolean =>
  isEnded(answer) || (answer.status === 401 && /^(session|token)_/.test(codeOf(answer.body)));

/**
 * True if the cookies are those of `sid`, as far as the answer to "which sessions have I?" tells. Only an
 * answer that says otherwise counts: a network that fails says nothing about cookies.
 */
export function cookiesAre(sid: string, answer: Verdict | null): boolean {
  // A sign-in ends the session of the cookies that it takes the place of: these are still those.
  if (answer?.status === 401) return !/^(token_missing|session_ended)$/.test(codeOf(answer.body));
  const { sessions } = fieldsOf(answer?.body);
  const current = Array.isArray(sessions) && sessions.map(fieldsOf).find((one) => one.current);
  return !current || current.id === sid;
}

/** The session that a sign-out leaves: what is held, else what is stored, or `null`. */
export function leftBehind({ held }: State, stored: Sighting | null): Sighting | null {
  const left = held ?? stored?.held;
  return left ? { ...sightingOf(left), ...(stored && { csrf: stored.csrf }) } : stored;
}
