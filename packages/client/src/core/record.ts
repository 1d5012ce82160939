/** How a session is kept, and what the texts mean that lie in the store and in the cookies. */
import { fieldsOf, isSession, isUser } from './answers.js';
import { hmac } from '../hmac.js';
import type { Session, TokenAnswer, User } from '../contract.js';

/** One generation of a session as it is kept. The format may only grow; `v` changes if it cannot. */
export interface Held {
  readonly v: 1;
  readonly user: User;
  readonly session: Session;
  /** Lifetime of the access token in milliseconds. */
  readonly ttl: number;
  /** Wall clock when it was received; 0 where unknown. */
  readonly receivedAt: number;
  readonly access?: string | undefined;
  readonly refresh?: string | undefined;
  /** Can end this session, and nothing else. */
  readonly ticket?: string | undefined;
  /** `<sid>.<generation>.<mac>`, for pages that cannot read the server's cookie. */
  readonly csrf?: string | undefined;
  /** What the session's nonces are made of. Absent in records of older versions. */
  readonly bond?: string | undefined;
}

/** What the store says right now. */
export interface Sighting {
  readonly sid: string;
  readonly generation: number;
  /** `null` where nothing is known of the user (cookie delivery, record lost or of another session). */
  readonly held: Held | null;
  readonly csrf: string;
}

/** What is held, as the store would tell it. */
export const sightingOf = (held: Held): Sighting => ({
  sid: held.session.id,
  generation: held.session.generation,
  held,
  csrf: held.csrf ?? '',
});

/** What a token answer makes us hold. */
export function heldFrom(answer: TokenAnswer, cookies: boolean, receivedAt: number): Held {
  const { user, session, access_token: access, refresh_token: refresh } = answer;
  const { sign_out_ticket: ticket } = answer;
  return {
    v: 1,
    user,
    session,
    ttl: answer.expires_in * 1000,
    receivedAt,
    ...(cookies ? { csrf: answer.csrf_token } : { access, refresh, ticket }),
  };
}

/** What is stored, and what is wrong with it. */
export interface Reading {
  readonly held: Held | null;
  /** `storage_schema`: another version wrote it; not ours to judge, and not to be touched. */
  readonly fault?: 'storage_schema' | 'storage_corrupt';
}

/** Reads a stored record. In body delivery it has the tokens; with cookies it only says whose it is. */
export function readRecord(text: string | null, cookies: boolean): Reading {
  if (text === null) return { held: null };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Corrupt, like anything else that is no record.
  }
  const { v, user, session, ttl, receivedAt, refresh } = fieldsOf(value);
  if (typeof v === 'number' && v !== 1) return { held: null, fault: 'storage_schema' };
  const whole = isUser(user) && isSession(session) && Number(ttl) > 0 && Number(receivedAt) >= 0;
  if (v === 1 && whole && (cookies || typeof refresh === 'string')) return { held: value as Held };
  return { held: null, fault: 'storage_corrupt' };
}

/** A little longer than needed, always: a full storage still takes the next generation. */
export function recordOf(held: Held): string {
  const text = JSON.stringify(held);
  return text.padEnd((text.length | 255) + 1);
}

/** The session that the readable cookie names, with what the record `held` knows of it. */
export function sightingIn(csrf: string, held: Held | null): Sighting | null {
  const [, sid, digits] = /^(.+)\.(\d+)\.[^.]+$/.exec(csrf) ?? [];
  if (sid === undefined) return null;
  const generation = Number(digits);
  let known = held?.session.id === sid ? held : null;
  // Another tab's refresh set the cookie; its record is not written, or not visible here, yet.
  if (known && known.session.generation !== generation)
    known = { ...known, session: { ...known.session, generation }, receivedAt: 0 };
  return { sid, generation, held: known, csrf };
}

/** The generation after which the cookie `<sid>.<generation>` has made `sid` level; else infinite. */
export function levelIn(cookie: string, sid: string): number {
  const [, of, since] = /^(.+)\.(-?\d+)$/.exec(cookie) ?? [];
  return of === sid ? Number(since) : Infinity;
}

/** The nonce of the next refresh of `seen` (protocol §3), made of `key`. */
export const rotation = (key: string, { sid, generation }: Sighting): string =>
  hmac(key, `rot|${sid}|${generation}`);

/** A change of the tickets that are owed. */
export interface TicketChange {
  readonly add?: string;
  readonly drop?: string;
}

/** The tickets in `text` after a change; they stand in the order in which they came. */
export function ticketsAfter(text: string | null, { add, drop }: TicketChange): string[] {
  const kept = (text ?? '').split(' ').filter((one) => one && one !== drop && one !== add);
  return add ? [...kept, add] : kept;
}

/** What is left of a stored pause `[since,length]`, in milliseconds. */
export function pauseLeft(text: string | null, now: number): number {
  const [, since, length] = /^\[(\d+),(\d+)\]$/.exec(text ?? '') ?? [];
  const gone = now - Number(since);
  // A clock that was set back must not turn a minute into years.
  return gone >= 0 ? Math.max(0, Number(length) - gone) : 0;
}
