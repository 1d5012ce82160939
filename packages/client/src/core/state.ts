/**
 * All that one client knows, as one value. The functions of this folder make the next state out of the
 * one at hand, or decide by it. They are told the time, the chance and what the store says; they know
 * no clock, no timer, no storage and no network.
 */
import { RESTED, rested, waitOf } from './pace.js';
import type { Session } from '../contract.js';
import type { TabSignal } from '../edges.js';
import type { AuthState } from '../types.js';
import type { Pace } from './pace.js';
import type { Held } from './record.js';

/** Both clocks, read at the same moment; milliseconds. */
export interface Clock {
  /** The wall's, which people may set. */
  readonly now: number;
  /** One that never goes back. */
  readonly monotonic: number;
}

/** See the module's head. */
export interface State {
  /** What listeners are told. */
  readonly shown: AuthState;
  /** The last of these that was more than looking again; the next one is compared with it. */
  readonly basis: AuthState;
  /** At most one generation of one session. */
  readonly held: Held | null;
  /**
   * Counts changes of session. Whoever awaits something compares it afterwards: a result that belongs to
   * an earlier epoch is discarded, so a late refresh can never bring back what was left.
   */
  readonly epoch: number;
  /** When what is held was received, by the monotonic clock. */
  readonly anchor: number;
  /** The newest generation of what is held that another tab told of. */
  readonly heard: number;
  /** The session that was left last: the store may still show it. */
  readonly buried: string;
  /** `Authorization` values that are, or recently were, ours. */
  readonly tokens: readonly string[];
  /** The nonce that another tab told. */
  readonly nonce?: Extract<TabSignal, { type: 'nonce' }>;
  /** While true, a session that appears in the store is not looked at: a sign-in is about to say whose. */
  readonly signingIn: boolean;
  readonly pace: Pace;
  /** The generation that could not be refreshed last. */
  readonly stuck?: Session | undefined;
  /** How often somebody signed out here. */
  readonly logouts: number;
  /** The server confirmed the last sign-out. */
  readonly confirmed: boolean;
}

/** Where every client begins. */
export const INITIAL: State = {
  shown: { status: 'init' },
  basis: { status: 'init' },
  held: null,
  epoch: 0,
  anchor: 0,
  heard: 0,
  buried: '',
  tokens: [],
  signingIn: false,
  pace: RESTED,
  logouts: 0,
  confirmed: true,
};

/** Holds `held` from now on, or nothing. */
export function holding(state: State, held: Held | null, { now, monotonic }: Clock): State {
  const { stuck, pace } = state;
  const session = held?.session;
  const same = session?.id === state.held?.session.id;
  const access = held?.access;
  // Another tab got what this one is backing off from: there is nothing left to try again.
  const freed = session && session !== stuck && session.id === stuck?.id;
  return {
    ...state,
    held,
    ...(!same && { epoch: state.epoch + 1, heard: 0 }),
    ...(freed && { pace: rested(pace) }),
    ...(held && { anchor: monotonic - Math.max(0, now - held.receivedAt) }),
    ...(access !== undefined && { tokens: [`Bearer ${access}`, ...state.tokens.slice(0, 7)] }),
  };
}

/** Milliseconds until the access token expires, as far as the clocks tell. */
export function remaining({ held, anchor }: State, { now, monotonic }: Clock): number {
  return held ? held.ttl - Math.max(monotonic - anchor, now - held.receivedAt) : 0;
}

/** Milliseconds before the expiry at which a refresh is due. */
export function leadOf({ held }: State): number {
  const ttl = held?.ttl ?? 0;
  return Math.min(Math.max(ttl / 10, 5000), 60_000, ttl / 2);
}

/** The access token is about to expire, or did. */
export const isDue = (state: State, clock: Clock): boolean =>
  state.held !== null && remaining(state, clock) <= leadOf(state);

/**
 * Milliseconds until the next refresh should be tried, or `null` where there is nothing to refresh.
 * `chance` in [0, 1): tabs that hold the same do not all begin at once.
 */
export function renewalIn(state: State, clock: Clock, chance: number): number | null {
  const wait = waitOf(state.pace, clock.monotonic);
  if (wait !== null || !state.held) return wait;
  return remaining(state, clock) - leadOf(state) * (1 - 0.2 * chance);
}
