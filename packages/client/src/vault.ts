/**
 * What all tabs share: the stored session, the install's secret, the pause the server asked for, and
 * the mark of a sign-out that the server has not heard of yet.
 *
 * In body delivery the record holds the tokens. In cookie delivery the readable CSRF cookie says which
 * session and generation this browser has, and the record only remembers whose it is.
 */
import { fieldsOf, isSession, isUser } from './answers.js';
import { base64url, hmac } from './hmac.js';
import type { Session, User } from './contract.js';
import type { Env, Storage } from './edges.js';
import type { WarningCode } from './types.js';

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

/** See {@link createVault}. */
export interface Vault {
  /**
   * `null`: nobody is signed in, as far as this version can tell. A session that was signed out without
   * the server knowing is only seen with `marked`.
   */
  look(marked?: boolean): Sighting | null;
  /** True if the record was written by another version: not ours to judge, and not to be touched. */
  foreign(): boolean;
  /** `login`: the first record of a session, which decides what its nonces are made of. */
  write(held: Held, login?: boolean): void;
  /** Forgets the session `sid`, nothing else. */
  forget(sid: string): void;
  /** Random per install, no credential; made at the first sign-in. */
  deviceSecret(): string;
  /** The nonce of the next refresh of `seen`, or `''` where this tab lacks the secret of the others. */
  nonce(seen: Sighting): string;
  /**
   * From the generation after `seen` on, all tabs make their nonces of what lies beside the token, in
   * the cookies: some of them cannot see the secret. A thief of a whole request then has it too.
   */
  level(seen: Pick<Sighting, 'sid' | 'generation'>): void;
  /** False after the user cleared the storage. */
  hasDevice(): boolean;
  /** The session whose sign-out the server must still hear of; set with a value, dropped with `null`. */
  mark(sid?: string | null): string | null;
  /**
   * Tickets of sessions whose sign-out the server must still hear of. `add` or `drop` changes them first;
   * the oldest go where there are more than eight.
   */
  tickets(change?: { readonly add?: string; readonly drop?: string }): readonly string[];
  /** Milliseconds the server asked everybody to wait; set with a value. */
  pause(ms?: number): number;
}

/** What the vault needs to know of its client. */
export interface VaultOptions {
  readonly storage: Storage;
  readonly env: Env;
  readonly name: string;
  readonly delivery: 'cookie' | 'body';
  /** The page can read the server's cookies. */
  readonly cookieReadable: boolean;
  readonly warn: (code: WarningCode) => void;
}

/** Keeps strings for the life of the page. */
export function memoryStorage(): Storage {
  const kept = new Map<string, string>();
  return {
    shared: false,
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
  };
}

/** A storage that never throws. */
interface Sturdy extends Storage {
  /** True if the platform itself has what `get` returns, so that other tabs can see it too. */
  kept(key: string): boolean;
}

/** `storage`, helped out by memory: for what it would not write, and while it cannot be read. */
function sturdy({ storage, name, warn }: VaultOptions): Sturdy {
  const mirror = memoryStorage();
  /** What the storage has in place of what it would not write. */
  const unwritten = new Map<string, string | null>();
  let sound = true;
  const attempt = (act: () => void): boolean => {
    try {
      act();
      return true;
    } catch {
      if (sound) warn('storage_unavailable');
      return (sound = false);
    }
  };
  const read = (key: string): void => {
    const value = storage.get(key);
    if (unwritten.has(key) && unwritten.get(key) === value) return;
    unwritten.delete(key);
    if (value === null) mirror.remove(key);
    else mirror.set(key, value);
  };
  const write = (key: string, act: () => void): void => {
    if (attempt(act)) unwritten.delete(key);
    else
      attempt(() => {
        unwritten.set(key, storage.get(key));
      });
  };
  const sturdy: Sturdy = {
    get(key) {
      attempt(() => {
        read(key);
      });
      return mirror.get(key);
    },
    set(key, value) {
      mirror.set(key, value);
      write(key, () => {
        storage.set(key, value);
        if (storage.get(key) !== value) throw new Error();
      });
    },
    remove(key) {
      mirror.remove(key);
      write(key, () => {
        storage.remove(key);
      });
    },
    kept(key) {
      try {
        return storage.get(key) === mirror.get(key);
      } catch {
        return false;
      }
    },
  };
  const probe = `${name}.probe`;
  sturdy.set(probe, '1');
  sturdy.remove(probe);
  return sturdy;
}

/** The cookie `<sid>.<generation>` of {@link Vault.level}. */
const LEVEL = 'tally_level';

/** What is held, as the store would tell it. */
export const sightingOf = (held: Held): Sighting => ({
  sid: held.session.id,
  generation: held.session.generation,
  held,
  csrf: held.csrf ?? '',
});

/** The nonce of the next refresh of `seen` (protocol §3), made of `key`. */
export const rotation = (key: string, { sid, generation }: Sighting): string =>
  hmac(key, `rot|${sid}|${generation}`);

/** Opens the vault of one client. */
export function createVault(options: VaultOptions): Vault {
  const { env, name, delivery, cookieReadable, warn } = options;
  const storage = sturdy(options);
  const [record, device, mark, paused, owed] = [
    'session',
    'device',
    'logout',
    'pause',
    'tickets',
  ].map((part) => `${name}.${part}`) as [string, string, string, string, string];

  /** The stored record; parsed once per value, since every request looks. */
  let raw: string | null = null;
  let [parsed, foreign]: [Held | null, boolean] = [null, false];
  const stored = (): Held | null => {
    const text = storage.get(record);
    if (text !== raw) {
      raw = text;
      foreign = false;
      parsed = text === null ? null : parse(text);
    }
    return parsed;
  };
  const parse = (text: string): Held | null => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      value = null;
    }
    const { v, user, session, ttl, receivedAt, refresh } = fieldsOf(value);
    if (typeof v === 'number' && v !== 1) {
      warn('storage_schema');
      foreign = true;
      return null;
    }
    const whole = isUser(user) && isSession(session) && Number(ttl) > 0 && Number(receivedAt) >= 0;
    if (v === 1 && whole && (delivery === 'cookie' || typeof refresh === 'string'))
      return value as Held;
    warn('storage_corrupt');
    storage.remove(record);
    return null;
  };
  const csrfCookie = (held: Held | null): string => {
    if (!cookieReadable) return held?.csrf ?? '';
    return env.readCookie?.('__Host-tally_csrf') ?? env.readCookie?.('tally_csrf') ?? '';
  };
  const lookAtCookie = (marked: boolean): Sighting | null => {
    const held = stored();
    const csrf = csrfCookie(held);
    const [, sid, digits] = /^(.+)\.(\d+)\.[^.]+$/.exec(csrf) ?? [];
    if (sid === undefined || (!marked && sid === storage.get(mark))) return null;
    const generation = Number(digits);
    if (held?.session.id !== sid) return { sid, generation, held: null, csrf };
    if (held.session.generation === generation) return { sid, generation, held, csrf };
    // Another tab's refresh set the cookie; its record is not written, or not visible here, yet.
    const session = { ...held.session, generation };
    return { sid, generation, held: { ...held, session, receivedAt: 0 }, csrf };
  };

  const deviceSecret = (): string => {
    if (storage.get(device) === null) storage.set(device, base64url(env.randomBytes(32)));
    return storage.get(device) as string;
  };
  /** True if every tab that has this tab's cookies reads the same. */
  const common = (key: string): boolean =>
    options.storage.shared !== false && storage.get(key) !== null && storage.kept(key);
  /** The generation after which `sid` is level; infinite where it never was. */
  const levelOf = (sid: string): number => {
    const [, of, since] = /^(.+)\.(-?\d+)$/.exec(env.readCookie?.(LEVEL) ?? '') ?? [];
    return cookieReadable && of === sid ? Number(since) : Infinity;
  };
  const level: Vault['level'] = ({ sid, generation }) => {
    const first = cookieReadable && delivery === 'cookie' && levelOf(sid) === Infinity;
    if (first) env.writeCookie?.(LEVEL, `${sid}.${generation}`);
  };

  return {
    look(marked = false) {
      if (delivery === 'cookie') return lookAtCookie(marked);
      const held = stored();
      return held && sightingOf(held);
    },
    foreign() {
      stored();
      return delivery === 'body' && foreign;
    },
    write(held, login) {
      const text = JSON.stringify(held);
      // Always a little longer than needed: a full storage still takes the next generation.
      storage.set(record, text.padEnd((text.length | 255) + 1));
      if (login && !common(record)) level({ sid: held.session.id, generation: -1 });
    },
    forget(sid) {
      if (stored()?.session.id === sid) storage.remove(record);
    },
    deviceSecret,
    level,
    nonce(seen) {
      if (seen.generation > levelOf(seen.sid)) return rotation(seen.csrf, seen);
      const known = seen.held?.bond ?? (seen.held && common(device) ? deviceSecret() : '');
      const key = known || seen.held?.refresh;
      return key ? rotation(key, seen) : '';
    },
    hasDevice: () => storage.get(device) !== null,
    mark(sid) {
      if (sid) storage.set(mark, sid);
      else if (sid === null) storage.remove(mark);
      return storage.get(mark);
    },
    tickets({ add, drop } = {}) {
      const text = storage.get(owed) ?? '';
      const kept = text.split(' ').filter((one) => one && one !== drop && one !== add);
      if (add) kept.push(add);
      if (add || (drop && kept.length)) storage.set(owed, kept.slice(-8).join(' '));
      else if (drop) storage.remove(owed);
      return kept;
    },
    pause(ms) {
      if (ms !== undefined) storage.set(paused, JSON.stringify([env.now(), ms]));
      const [since, length] = (/^\[(\d+),(\d+)\]$/.exec(storage.get(paused) ?? '') ?? [0, 0, 0])
        .slice(1)
        .map(Number) as [number, number];
      const gone = env.now() - since;
      // A clock that was set back must not turn a minute into years.
      return gone < 0 ? 0 : Math.max(0, length - gone);
    },
  };
}
