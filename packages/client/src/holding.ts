/**
 * What this client holds: at most one generation of one session, in step with the shared store.
 *
 * `epoch` counts changes of session. Whoever awaits something compares it afterwards: a result that
 * belongs to an earlier epoch is discarded, so a late refresh can never bring back what was left.
 */
import { identityOf } from './bus.js';
import { createNonces } from './nonces.js';
import type { EndDetail, TokenAnswer } from './contract.js';
import type { Bus } from './bus.js';
import type { Coordinator, Env, TabSignal } from './edges.js';
import type { Nonces } from './nonces.js';
import type { AnonymousReason } from './types.js';
import { sightingOf } from './vault.js';
import type { Held, Sighting, Vault } from './vault.js';

/** Milliseconds after which another process's write to the store is visible here. */
export const SETTLE_MS = 50;

/** See {@link createHolding}. */
export interface Holding {
  current(): Held | null;
  /** What is held, as the store would tell it. */
  sighting(): Sighting | null;
  epoch(): number;
  /** Milliseconds until the access token expires, as far as the clocks tell. */
  remaining(): number;
  /** Milliseconds before the expiry at which a refresh is due. */
  lead(): number;
  /** True for an access token that is, or recently was, ours. */
  knows(authorization: string): boolean;
  /** Holds a session found at start without showing it yet. */
  find(held: Held): void;
  /** Shows what is held. */
  show(login?: boolean): void;
  /** Holds and stores what the server just issued. */
  keep(answer: TokenAnswer, login?: boolean): void;
  /** Replaces parts of what is held: an access token, the user. */
  amend(part: Partial<Held>): void;
  /** Falls in with the store if that has moved on. Called before anything that uses a token. */
  reconcile(): void;
  /**
   * True if this browser may be past `generation` although the store cannot show it: another version
   * wrote it, or another tab told of a generation that it could not store.
   */
  passed(generation: number): boolean;
  readonly nonces: Nonces;
  /** Forgets the session here and in the store, and tells the other tabs. */
  leave(reason: AnonymousReason, sid: string): void;
  /** Forgets a session that the server ended, and shows it. `alone`: other tabs may go on with it. */
  end(reason: AnonymousReason, detail: EndDetail | null, sid: string, alone?: boolean): void;
  /** While true, a session that appears in the store is not looked at: a sign-in is about to say whose. */
  signingIn: boolean;
  hear(signal: TabSignal | null): void;
}

/** What a holding works with. */
export interface HoldingParts {
  readonly vault: Vault;
  readonly bus: Bus;
  readonly env: Env;
  readonly coordinator: Coordinator;
  readonly delivery: 'cookie' | 'body';
  /** Called whenever the session, or its expiry, is another one. */
  readonly changed: () => void;
  /** Called when the cookie belongs to a session whose user nobody told us. */
  readonly strange: () => void;
}

/** What a token answer makes us hold. */
export function heldFrom(
  answer: TokenAnswer,
  delivery: 'cookie' | 'body',
  receivedAt: number,
): Held {
  const { user, session, access_token: access, refresh_token: refresh } = answer;
  const { sign_out_ticket: ticket } = answer;
  return {
    v: 1,
    user,
    session,
    ttl: answer.expires_in * 1000,
    receivedAt,
    ...(delivery === 'cookie' ? { csrf: answer.csrf_token } : { access, refresh, ticket }),
  };
}

/** Tells the other tabs. Best effort: they look at the store before they use a token anyway. */
function ring(coordinator: Coordinator, signal: TabSignal): void {
  try {
    coordinator.post(signal);
  } catch {
    // Nobody hears it.
  }
}

/** `one` holds what the server issued in the same generation as `other`, and after it. */
const later = (one: Held, other: Held): boolean =>
  one.session.generation === other.session.generation && one.receivedAt > other.receivedAt;

/** Makes the holding of one client, empty. */
export function createHolding(parts: HoldingParts): Holding {
  const { vault, bus, env, coordinator, delivery, changed, strange } = parts;
  let held: Held | null = null;
  let [epoch, anchor, heard] = [0, 0, 0];
  let buried = '';
  let tokens: string[] = [];

  const hold = (next: Held | null): void => {
    if (next?.session.id !== held?.session.id) {
      epoch++;
      heard = 0;
    }
    held = next;
    if (next) anchor = env.monotonic() - Math.max(0, env.now() - next.receivedAt);
    if (next?.access !== undefined) tokens = [`Bearer ${next.access}`, ...tokens.slice(0, 7)];
    changed();
  };
  const show: Holding['show'] = (login = false) => {
    if (held)
      bus.move({ status: 'authenticated', user: held.user, session: held.session }, { login });
  };
  const adopt = (found: Held): void => {
    hold({ ...found, receivedAt: found.receivedAt || env.now() });
    show();
  };
  const post = (signal: TabSignal): void => {
    ring(coordinator, signal);
  };
  const drop = (sid: string, alone = false): void => {
    buried = sid;
    if (!alone) vault.forget(sid);
    hold(null);
  };
  /** The session `sid`, as the store has it or else as it is held. */
  const known = (sid: string): Sighting | null => {
    const seen = vault.look();
    return seen?.sid === sid ? seen : held?.session.id === sid ? sightingOf(held) : null;
  };
  /** The store holds nothing (any more). */
  const vanished = (): void => {
    if (!held) return;
    hold(null);
    bus.leave(vault.hasDevice() ? 'signed_out_elsewhere' : 'storage_cleared');
  };
  const follow = (seen: Sighting): void => {
    const mine = held?.session.id === seen.sid ? held : null;
    if (mine && mine.session.generation >= seen.generation) {
      // A slower tab put an older generation back: the next start would present that one.
      if (mine.session.generation > seen.generation && delivery === 'body') vault.write(mine);
      // Another tab proved again who this is: that token is the good one, and may be fresh.
      else if (seen.held && seen.held.access !== mine.access && later(seen.held, mine))
        hold(seen.held);
    } else if (seen.held) adopt(seen.held);
    else if (bus.state().status !== 'restoring') {
      // These cookies are somebody's, but not known to be this user's: nothing may be sent for them.
      hold(null);
      bus.move({ status: 'restoring' });
      strange();
    }
  };
  const reconcile = (): void => {
    const seen = vault.look();
    if (holding.signingIn || vault.foreign()) return;
    if (!seen || seen.sid === buried) vanished();
    else follow(seen);
  };

  const holding: Holding = {
    signingIn: false,
    current: () => held,
    sighting: () => held && sightingOf(held),
    epoch: () => epoch,
    remaining: () =>
      held ? held.ttl - Math.max(env.monotonic() - anchor, env.now() - held.receivedAt) : 0,
    lead() {
      const ttl = held?.ttl ?? 0;
      return Math.min(Math.max(ttl / 10, 5000), 60_000, ttl / 2);
    },
    knows: (authorization) => tokens.includes(authorization),
    find: hold,
    show,
    keep(answer, login = false) {
      const { id } = answer.session;
      const bond = login ? vault.deviceSecret() : known(id)?.held?.bond;
      const next: Held = { ...heldFrom(answer, delivery, env.now()), bond };
      if (login || !vault.foreign()) vault.write(next, login);
      hold(next);
      post({ v: 1, type: 'changed', sid: id, generation: next.session.generation });
      show(login);
    },
    amend(part) {
      if (!held) return;
      const next = { ...held, ...part };
      hold(next);
      if (!vault.foreign()) vault.write(next);
      const state = bus.state();
      if (identityOf(state)) bus.move({ ...state, user: next.user } as typeof state);
    },
    reconcile,
    passed: (generation) => heard > generation || vault.foreign(),
    nonces: createNonces(vault, known, post),
    leave(reason, sid) {
      // Before the store shows it: from the bell the others learn why, from the store only that.
      post({ v: 1, type: 'signedOut', sid, reason, detail: null });
      drop(sid);
    },
    end(reason, detail, sid, alone = false) {
      if (!alone) post({ v: 1, type: 'signedOut', sid, reason, detail });
      drop(sid, alone);
      bus.leave(reason, detail);
    },
    hear(signal) {
      const mine = signal !== null && held?.session.id === signal.sid;
      if (signal?.v === 1 && signal.type === 'signedOut') {
        if (!mine) return;
        drop(signal.sid);
        const here = signal.reason === 'signed_out' ? 'signed_out_elsewhere' : signal.reason;
        bus.leave(here as AnonymousReason, signal.detail);
      } else if (!holding.nonces.hear(signal)) {
        if (mine && signal.type === 'changed') heard = Math.max(heard, signal.generation);
        // The bell can be faster than the store, and the store than the bell, which alone knows why.
        if (signal) reconcile();
        env.later(SETTLE_MS, reconcile);
      }
    },
  };
  return holding;
}
