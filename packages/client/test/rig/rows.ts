/** A session of the model, and what a refresh of it comes to: `core/refresh.py` says the same. */
import type { Device } from './answers.js';

export interface Row {
  readonly id: string;
  readonly user: string;
  readonly device: Device;
  readonly createdAt: number;
  /** Whether refreshes must carry nonces. */
  readonly bound: boolean;
  readonly absoluteAt: number;
  idleAt: number;
  generation: number;
  /** The nonce that made the current generation. */
  nonce: string | null;
  /** The last nonces, the newest at the end. */
  ring: readonly string[];
  rotatedAt: number;
  /** An access token of which generation was first seen in use when. */
  seen: { readonly generation: number; readonly at: number } | null;
  /** Why it ended, by an act of somebody. */
  ended: string | null;
  endedAt: number;
  endedBy: { readonly name: string | null; readonly ip: string | null };
  /** How often its owner proved again who they are: older access tokens are good no longer. */
  proof: number;
}

/** What an authentic refresh token says. */
export interface Presented {
  readonly sid: string;
  readonly generation: number;
  readonly nonce: string | null;
}

export type Verdict = 'rotate' | 'keep' | 'replay' | 'stale' | 'reused' | 'unknown';

const WINDOW_MS = 10_000;
const RING = 64;
/** After which what was seen in use is written down. */
const BATCH_MS = 2000;

/** What a sign-in opens. */
export function open(about: {
  readonly id: string;
  readonly user: string;
  readonly device: Device;
  readonly nonce: string | null;
  readonly now: number;
  readonly idleMs: number;
  readonly absoluteMs: number;
}): Row {
  const { id, user, device, nonce, now } = about;
  const absoluteAt = now + about.absoluteMs;
  return {
    ...{ id, user, device, nonce, absoluteAt },
    ...{ createdAt: now, rotatedAt: now, idleAt: Math.min(now + about.idleMs, absoluteAt) },
    ...{ bound: nonce !== null, generation: 0, ring: [], seen: null, proof: 0 },
    ...{ ended: null, endedAt: 0, endedBy: NOBODY },
  };
}

/** The operator, or the time. */
export const NOBODY = { name: null, ip: null };

/** Why and when a session is over, be it by an act or by a deadline; `null` while it lives. */
export function endOf(row: Row, now: number): { reason: string; at: number } | null {
  if (row.ended !== null) return { reason: row.ended, at: row.endedAt };
  const at = Math.min(row.idleAt, row.absoluteAt);
  if (at > now) return null;
  return { reason: row.idleAt < row.absoluteAt ? 'idle' : 'expired', at };
}

/** Judges one refresh of a session that lives. */
export function decide(
  row: Row,
  presented: Presented,
  nonce: string | null,
  rotation: 'always' | 'bound',
  now: number,
): Verdict {
  const age = row.generation - presented.generation;
  if (age < 0 || (presented.nonce !== null && !row.bound)) return 'unknown';
  if (!row.bound) {
    if (age === 0) return rotation === 'bound' ? 'keep' : 'rotate';
    return age === 1 && mayAskAgain(row, now) ? 'replay' : 'reused';
  }
  if (nonce === null) return 'reused';
  if (age === 0) return presented.nonce === row.nonce ? 'rotate' : 'reused';
  if (age === 1 && nonce === row.nonce) return mayAskAgain(row, now) ? 'replay' : 'stale';
  return row.ring.at(-age) === nonce ? 'stale' : 'reused';
}

function mayAskAgain(row: Row, now: number): boolean {
  const confirmed = row.seen?.generation === row.generation && now - row.seen.at >= BATCH_MS;
  return !confirmed || now - row.rotatedAt <= WINDOW_MS;
}

/** Makes the next generation. */
export function rotate(row: Row, nonce: string | null, idleMs: number, now: number): void {
  row.nonce = row.bound ? nonce : null;
  if (row.nonce !== null) row.ring = [...row.ring, row.nonce].slice(-RING);
  row.generation++;
  row.rotatedAt = now;
  slide(row, idleMs, now);
}

/** Moves the idle deadline. */
export function slide(row: Row, idleMs: number, now: number): void {
  row.idleAt = Math.min(now + idleMs, row.absoluteAt);
}

/** Notes that an access token was used. */
export function see(row: Row, generation: number, now: number): void {
  if (row.seen === null || row.seen.generation < generation) row.seen = { generation, at: now };
}
