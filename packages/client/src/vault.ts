/**
 * What all tabs share: the stored session, the install's secret, the pause the server asked for, and
 * the mark of a sign-out that the server has not heard of yet.
 *
 * In body delivery the record holds the tokens. In cookie delivery the readable CSRF cookie says which
 * session and generation this browser has, and the record only remembers whose it is.
 */
import { warn } from './bus.js';
import {
  levelIn,
  pauseLeft,
  readRecord,
  recordOf,
  rotation,
  sightingIn,
  sightingOf,
  ticketsAfter,
} from './core/record.js';
import { base64url } from './hmac.js';
import type { Bus } from './bus.js';
import type { Held, Reading, Sighting, TicketChange } from './core/record.js';
import type { Env } from './edges.js';
import type { Sturdy } from './storages.js';

/** Where the vault of one client lies. */
export interface Vault extends Bus {
  readonly storage: Sturdy;
  readonly env: Env;
  /** The tokens travel in cookies. */
  readonly cookies: boolean;
  /** The page can read the server's cookies. */
  readonly cookieReadable: boolean;
  /** The stored record; parsed once per value, since every request looks. */
  record: Reading & { readonly text: string | null };
}

function stored(vault: Vault): Held | null {
  const { storage, cookies } = vault;
  const text = storage.get('session');
  if (text !== vault.record.text) {
    const reading = readRecord(text, cookies);
    const { fault } = reading;
    vault.record = { text, ...reading };
    if (fault) warn(vault, fault);
    if (fault === 'storage_corrupt') storage.remove('session');
  }
  return vault.record.held;
}

/**
 * `null`: nobody is signed in, as far as this version can tell. A session that was signed out without
 * the server knowing is only seen with `marked`.
 */
export function look(vault: Vault, marked = false): Sighting | null {
  const held = stored(vault);
  if (!vault.cookies) return held && sightingOf(held);
  const read = (name: string): string | null | undefined => vault.env.readCookie?.(name);
  const csrf = vault.cookieReadable
    ? (read('__Host-tally_csrf') ?? read('tally_csrf'))
    : held?.csrf;
  const seen = sightingIn(csrf ?? '', held);
  return !marked && seen?.sid === vault.storage.get('logout') ? null : seen;
}

/** True if the record was written by another version: not ours to judge, and not to be touched. */
export function isForeign(vault: Vault): boolean {
  stored(vault);
  return !vault.cookies && vault.record.fault === 'storage_schema';
}

/** Stores `held`. `login`: the first record of a session, which decides what its nonces are made of. */
export function write(vault: Vault, held: Held, login = false): void {
  vault.storage.set('session', recordOf(held));
  if (login && !vault.storage.common('session'))
    level(vault, { sid: held.session.id, generation: -1 });
}

/** Forgets the session `sid`, nothing else. */
export function forget(vault: Vault, sid: string): void {
  if (stored(vault)?.session.id === sid) vault.storage.remove('session');
}

/** Random per install, no credential; made at the first sign-in. */
export function deviceSecret({ storage, env }: Vault): string {
  if (storage.get('device') === null) storage.set('device', base64url(env.randomBytes(32)));
  return storage.get('device') as string;
}

/** The cookie `<sid>.<generation>` of {@link level}. With the prefix, no neighbour can plant it. */
const levelName = ({ origin }: Env): string =>
  origin.startsWith('https:') ? '__Host-tally_level' : 'tally_level';

const levelOf = ({ cookieReadable, env }: Vault, sid: string): number =>
  cookieReadable ? levelIn(env.readCookie?.(levelName(env)) ?? '', sid) : Infinity;

/**
 * From the generation after `seen` on, all tabs make their nonces of what lies beside the token, in
 * the cookies: some of them cannot see the secret. A thief of a whole request then has it too.
 */
export function level(vault: Vault, seen: Pick<Sighting, 'sid' | 'generation'>): void {
  const { sid, generation } = seen;
  if (vault.cookieReadable && vault.cookies && levelOf(vault, sid) === Infinity)
    vault.env.writeCookie?.(levelName(vault.env), `${sid}.${generation}`);
}

/** The nonce of the next refresh of `seen`, or `''` where this tab lacks the secret of the others. */
export function ownNonce(vault: Vault, seen: Sighting): string {
  const { sid, generation, held, csrf } = seen;
  if (generation > levelOf(vault, sid)) return rotation(csrf, seen);
  const common = held && vault.storage.common('device') ? deviceSecret(vault) : '';
  const key = (held?.bond ?? common) || held?.refresh;
  return key ? rotation(key, seen) : '';
}

/** The session whose sign-out the server must still hear of; set with a value, dropped with `null`. */
export function mark({ storage }: Vault, sid?: string | null): string | null {
  if (sid) storage.set('logout', sid);
  else if (sid === null) storage.remove('logout');
  return storage.get('logout');
}

/**
 * Tickets of sessions whose sign-out the server must still hear of. A change is made first; the oldest
 * go where there are more than eight.
 */
export function tickets({ storage }: Vault, change: TicketChange = {}): readonly string[] {
  const kept = ticketsAfter(storage.get('tickets'), change);
  const { add, drop } = change;
  if (add || (drop && kept.length)) storage.set('tickets', kept.slice(-8).join(' '));
  else if (drop) storage.remove('tickets');
  return kept;
}

/** Milliseconds the server asked everybody to wait; set with a value. */
export function pause({ storage, env }: Vault, ms?: number): number {
  if (ms !== undefined) storage.set('pause', JSON.stringify([env.now(), ms]));
  return pauseLeft(storage.get('pause'), env.now());
}
