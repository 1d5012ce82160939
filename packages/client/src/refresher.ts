/**
 * Gets new tokens: one refresh at a time in this tab, one among the tabs where they can take turns,
 * and when to try again after a failure.
 *
 * The lock saves requests, the pause after a contended lock avoids stale reads, and the server's
 * idempotent rotation makes it safe if both fail: the nonce depends on nothing but the install, the
 * session and the generation.
 */
import {
  codeOf,
  endDetail,
  isSessionCode,
  isTokenCode,
  problem,
  readTokens,
  reasonOf,
} from './answers.js';
import { identityOf } from './bus.js';
import { RequestError, SessionEndedError, TransientError } from './errors.js';
import { SETTLE_MS } from './holding.js';
import { PATIENCE_MS } from './lock.js';
import { ANSWER_MS } from './nonces.js';
import { createPace, isRefusal } from './pace.js';
import { cancelled, createCancel, unlessCancelled } from './wire.js';
import type { Session, TokenAnswer } from './contract.js';
import type { AuthError } from './errors.js';
import type { Bus } from './bus.js';
import type { Env, Lease, TransportResponse } from './edges.js';
import type { Holding } from './holding.js';
import type { CancelSignal } from './types.js';
import type { Sighting, Vault } from './vault.js';
import type { Ask } from './wire.js';

/** No clock and no lifetime, however odd, makes the timer spin. */
const SHORTEST_TIMER_MS = 1000;
/** Below 2³¹: a longer timer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 30;

/** See {@link createRefresher}. */
export interface Refresher {
  /** The refresh under way, if any. */
  running(): Promise<void> | null;
  /** Refreshes what is held, or joins the refresh under way. `eager` ignores the own back-off. */
  run(eager?: boolean): Promise<void>;
  /** Gives up the refresh under way; its result is discarded. */
  cancel(): void;
  /** Plans the next refresh; called after every change of what is held. */
  plan(): void;
  /** The page is looked at or online again. */
  wake(): void;
}

/** What a refresher works with. */
export interface RefresherParts {
  readonly holding: Holding;
  readonly vault: Vault;
  readonly bus: Bus;
  readonly ask: Ask;
  readonly env: Env;
  readonly acquire: (signal: CancelSignal) => Promise<Lease | null>;
  readonly delivery: 'cookie' | 'body';
  readonly disposed: CancelSignal;
  /**
   * Ends on the server a session whose copy here is stale, with nothing newer in this browser: somebody
   * else has what this browser should have. The server cannot tell a thief, who replayed a captured
   * refresh whose answer was lost, from a tab that slept; only the owner can.
   */
  readonly disown: (left: Sighting) => Promise<void>;
}

/** The refresh request for what the store says; also used to end all sessions with an expired token. */
export function refreshRequest(
  seen: Sighting,
  nonce: string,
): { headers: Record<string, string>; body: string | undefined } {
  const refresh = seen.held?.refresh;
  const proof: Record<string, string> =
    refresh === undefined ? { 'X-CSRF-Token': seen.csrf } : { Authorization: `Bearer ${refresh}` };
  return {
    headers: { 'Tally-Nonce': nonce, ...proof },
    body: refresh === undefined ? JSON.stringify({ generation: seen.generation }) : undefined,
  };
}

/** One refresh under way. */
interface Turn {
  readonly epoch: number;
  /** The tokens at hand had lived as long as was planned. */
  readonly due: boolean;
  readonly signal: CancelSignal;
  /** Lets the lock go; called in the turn in which listeners get something to hear. */
  readonly release: () => void;
}

const superseded = (): AuthError => new RequestError('superseded');

const pause = (env: Env, ms: number): Promise<void> =>
  new Promise((resolve) => void env.later(ms, resolve));

/** The access token is about to expire, or did. */
const isDue = (holding: Holding): boolean =>
  holding.current() !== null && holding.remaining() <= holding.lead();

/** The session to refresh. */
function lookAt(vault: Vault, holding: Holding): Sighting {
  // Another version's record says nothing to us; what is held here is still worth a try.
  const seen = vault.foreign() ? holding.sighting() : vault.look();
  if (!seen) throw superseded();
  return seen;
}

/** Makes the refresher of one client. */
export function createRefresher(parts: RefresherParts): Refresher {
  const { holding, vault, bus, ask, env, delivery, disposed } = parts;
  let running: Promise<void> | null = null;
  let stop = createCancel();
  let unplan = (): void => undefined;
  /** The generation that could not be refreshed last. */
  let stuck: Session | null = null;
  const pace = createPace(env, vault);

  const settle = (signal: CancelSignal, ms: number): Promise<void> =>
    unlessCancelled(pause(env, ms), [signal], superseded);

  const send = (seen: Sighting, signal: CancelSignal): Promise<TransportResponse> => {
    const request = refreshRequest(seen, holding.nonces.of(seen));
    return ask('refresh', { ...request, timeoutMs: PATIENCE_MS, signal });
  };

  /** True if the store is past `generation` of `sid`; then it has been taken over. */
  const overtaken = (turn: Turn, sid: string, generation: number): boolean => {
    const now = vault.look();
    if (vault.foreign() || (now?.sid === sid && now.generation <= generation)) return false;
    holding.reconcile();
    turn.release();
    return now !== null;
  };

  /** Takes over a token answer, unless another tab was faster or the session was left. */
  const commit = (turn: Turn, tokens: TokenAnswer): void => {
    const { id, generation } = tokens.session;
    if (overtaken(turn, id, generation)) return;
    if (holding.epoch() !== turn.epoch) throw superseded();
    stop = createCancel();
    holding.keep(tokens);
    turn.release();
    pace.renewed(turn.due);
  };

  /** Ends the session on the verdict in `answer`. */
  const conclude = (turn: Turn, answer: TransportResponse, seen: Sighting): never => {
    const ended = endDetail(answer.body);
    const stale = ended.code === 'refresh_stale';
    const alone = stale && holding.passed(seen.generation);
    stop = createCancel();
    holding.end(stale ? 'refresh_stale' : reasonOf(ended), stale ? null : ended, seen.sid, alone);
    if (stale && !alone) void parts.disown(seen);
    turn.release();
    const { message, status } = problem(answer, env.now());
    throw new SessionEndedError(ended.code, message, { status, ended });
  };

  /** Acts on an answer. True: done. False: the store should be read, and the refresh sent, once more. */
  const judge = async (
    turn: Turn,
    answer: TransportResponse,
    seen: Sighting,
    last: boolean,
  ): Promise<boolean> => {
    const { status, body } = answer;
    const tokens = readTokens(answer, delivery);
    if (tokens?.session.id === seen.sid) {
      commit(turn, tokens);
      return true;
    }
    const code = codeOf(body);
    const stale = status === 409 && code === 'refresh_stale';
    if (status === 403 && code === 'csrf_failed' && !last) return false;
    if (stale || (status === 401 && isTokenCode(code))) {
      // The refresh cookie had moved on and the readable one follows: worth one more look.
      const again = stale && delivery === 'cookie' && !last;
      if (stale && !again) holding.nonces.ask(seen);
      await settle(turn.signal, stale && !again ? ANSWER_MS : SETTLE_MS);
      if (overtaken(turn, seen.sid, seen.generation)) return true;
      if (holding.epoch() !== turn.epoch) throw superseded();
      if (again) return false;
    } else if (status !== 401 || !isSessionCode(code)) {
      const { message, retryAfter } = problem(answer, env.now());
      const name = status < 300 ? 'malformed_answer' : code || 'unexpected_status';
      throw new TransientError(name, message, { status, retryAfter });
    }
    return conclude(turn, answer, seen);
  };

  const exchange = async (signal: CancelSignal): Promise<void> => {
    const epoch = holding.epoch();
    const before = holding.current()?.session;
    const due = isDue(holding);
    const lease = await parts.acquire(signal);
    const turn = { epoch, due, signal, release: () => lease?.release() };
    try {
      for (const last of [false, true]) {
        const early = lookAt(vault, holding);
        if (!vault.nonce(early)) {
          holding.nonces.ask(early);
          await settle(signal, ANSWER_MS);
          vault.level(early);
        } else if (!lease || lease.contended) await settle(signal, SETTLE_MS);
        if (holding.epoch() !== epoch) throw superseded();
        if (before && overtaken(turn, before.id, before.generation)) return;
        const seen = lookAt(vault, holding);
        const answer = await send(seen, signal);
        if (holding.epoch() !== epoch) throw superseded();
        if (await judge(turn, answer, seen, last)) return;
      }
    } finally {
      turn.release();
    }
  };

  const fail = (error: TransientError): void => {
    pace.failed(error);
    const held = holding.current();
    stuck = held?.session ?? null;
    if (!held) bus.leave('unreachable');
    else if (!isRefusal(error) || bus.state().status !== 'degraded') bus.degrade(held, error);
  };

  const attempt = async (eager: boolean): Promise<void> => {
    const before = holding.current()?.session;
    try {
      if (disposed.aborted) throw cancelled(true);
      const refused = pace.refusal(eager);
      if (refused) throw refused;
      await unlessCancelled(exchange(stop), [stop], superseded);
      pace.reset();
    } catch (error) {
      const now = holding.current()?.session;
      const renewed = before && now?.id === before.id && now.generation > before.generation;
      if (error instanceof TransientError && !renewed) fail(error);
      else pace.reset();
      // Another tab got meanwhile what could not be had here.
      if (!renewed) throw error;
    }
  };

  const refresher: Refresher = {
    running: () => running,
    run(eager = false) {
      if (running) return running;
      stop = createCancel();
      const mine = attempt(eager).finally(() => {
        if (running === mine) running = null;
        bus.touch();
        refresher.plan();
      });
      running = mine;
      bus.touch();
      return mine;
    },
    cancel() {
      running = null;
      pace.reset();
      stop.cancel();
    },
    plan() {
      unplan();
      const now = holding.current()?.session;
      // Another tab got what this one is backing off from: there is nothing left to try again.
      if (stuck && now && now !== stuck && now.id === stuck.id) pace.reset();
      const wait = pace.wait();
      if (wait === null && !holding.current()) return;
      const due = wait ?? holding.remaining() - holding.lead() * (1 - 0.2 * env.random());
      const renew = (): void => {
        // Nobody looks: `wake` will see to it.
        if (!env.visible()) return;
        if (due > LONGEST_TIMER_MS) refresher.plan();
        else void refresher.run().catch(() => undefined);
      };
      unplan = env.later(Math.min(Math.max(due, SHORTEST_TIMER_MS), LONGEST_TIMER_MS), renew, true);
    },
    wake() {
      holding.reconcile();
      const due = pace.wait() !== null || isDue(holding);
      if (env.visible() && due) void refresher.run(true).catch(() => undefined);
      else if (identityOf(bus.state())) refresher.plan();
    },
  };
  return refresher;
}
