/**
 * Gets new tokens: one refresh at a time in this tab, and one among the tabs where they can take turns.
 *
 * The lock saves requests, the pause after a contended lock avoids stale reads, and the server's
 * idempotent rotation makes it safe if both fail: the nonce depends on nothing but the install, the
 * session and the generation.
 */
import { degrade, leave, set, touch } from './bus.js';
import { cancelled, createCancel, unlessCancelled } from './cancel.js';
import { endDetail, endedError, problem, readTokens, reasonOf } from './core/answers.js';
import { identityOf } from './core/meaning.js';
import { failed, isRefusal, refusal, renewed, waitOf } from './core/pace.js';
import { sightingOf } from './core/record.js';
import { isDue } from './core/state.js';
import { judgeRefresh } from './core/verdicts.js';
import { RequestError, TransientError } from './errors.js';
import { disown } from './farewell.js';
import { PATIENCE_MS, acquireLock } from './lock.js';
import { ANSWER_MS, askTabs, refreshRequest } from './nonces.js';
import { plan, rest } from './plan.js';
import { SETTLE_MS, end, keep, reconcile } from './session.js';
import { clockOf } from './tab.js';
import { isForeign, level, look, ownNonce, pause } from './vault.js';
import { ask } from './wire.js';
import type { TokenAnswer } from './contract.js';
import type { Cancel } from './cancel.js';
import type { Sighting } from './core/record.js';
import type { Lease, TransportResponse } from './edges.js';
import type { AuthError } from './errors.js';
import type { Tab } from './tab.js';
import type { CancelSignal } from './types.js';

/** One refresh under way. */
interface Turn {
  readonly epoch: number;
  /** The tokens at hand had lived as long as was planned. */
  readonly due: boolean;
  readonly signal: CancelSignal;
  /** Let go in the turn in which listeners get something to hear. */
  readonly lease: Lease | null;
}

const superseded = (): AuthError => new RequestError('superseded');

/** Waits, unless the refresh is given up. */
const settle = ({ env }: Tab, { signal }: Pick<Turn, 'signal'>, ms: number): Promise<void> =>
  unlessCancelled(new Promise((resolve) => void env.later(ms, resolve)), [signal], superseded);

/** The session is not the one any more for which the refresh began. */
function assertCurrent(tab: Tab, turn: Turn): void {
  if (tab.state.epoch !== turn.epoch) throw superseded();
}

/** The session to refresh. */
function lookAt(tab: Tab): Sighting {
  const { held } = tab.state;
  // Another version's record says nothing to us; what is held here is still worth a try.
  const seen = isForeign(tab) ? held && sightingOf(held) : look(tab);
  if (!seen) throw superseded();
  return seen;
}

/** True if the store is past `generation` of `sid`; then it has been taken over. */
function isOvertaken(tab: Tab, turn: Turn, sid: string, generation: number): boolean {
  const now = look(tab);
  if (isForeign(tab) || (now?.sid === sid && now.generation <= generation)) return false;
  reconcile(tab);
  turn.lease?.release();
  return now !== null;
}

/** Takes over a token answer, unless another tab was faster or the session was left. */
function commit(tab: Tab, turn: Turn, tokens: TokenAnswer): void {
  const { id, generation } = tokens.session;
  if (isOvertaken(tab, turn, id, generation)) return;
  assertCurrent(tab, turn);
  tab.stop = createCancel();
  keep(tab, tokens);
  turn.lease?.release();
  set(tab, { pace: renewed(tab.state.pace, tab.env.monotonic(), turn.due) });
}

/** Ends the session on the verdict in `answer`. */
function conclude(tab: Tab, turn: Turn, answer: TransportResponse, seen: Sighting): never {
  const ended = endDetail(answer.body);
  const stale = ended.code === 'refresh_stale';
  // This browser may be past it although the store cannot show that: another version wrote it, or
  // another tab told of a generation that it could not store.
  const alone = stale && (tab.state.heard > seen.generation || isForeign(tab));
  tab.stop = createCancel();
  end(tab, stale ? 'refresh_stale' : reasonOf(ended), stale ? null : ended, seen.sid, alone);
  // Somebody else has what this browser should have. The server cannot tell a thief, who replayed a
  // captured refresh whose answer was lost, from a tab that slept; only the owner can.
  if (stale && !alone) void disown(tab, seen);
  turn.lease?.release();
  throw endedError(answer);
}

/** Acts on an answer. True: done. False: the store should be read, and the refresh sent, once more. */
async function act(
  tab: Tab,
  turn: Turn,
  answer: TransportResponse,
  seen: Sighting,
  last: boolean,
): Promise<boolean> {
  const tokens = readTokens(answer, tab.cookies);
  if (tokens?.session.id === seen.sid) {
    commit(tab, turn, tokens);
    return true;
  }
  const verdict = judgeRefresh(answer, tab.cookies, last);
  if (verdict === 'again') return false;
  if (verdict === 'fail') {
    const { status } = answer;
    const { code, message, retryAfter } = problem(answer, tab.env.now());
    const name = status < 300 ? 'malformed_answer' : code;
    throw new TransientError(name, message, { status, retryAfter });
  }
  if (verdict !== 'end') {
    if (verdict === 'ask') askTabs(tab, seen);
    await settle(tab, turn, verdict === 'ask' ? ANSWER_MS : SETTLE_MS);
    if (isOvertaken(tab, turn, seen.sid, seen.generation)) return true;
    assertCurrent(tab, turn);
    if (verdict === 'look') return false;
  }
  return conclude(tab, turn, answer, seen);
}

async function exchange(tab: Tab, signal: CancelSignal): Promise<void> {
  const { epoch, held } = tab.state;
  const before = held?.session;
  const due = isDue(tab.state, clockOf(tab));
  const lease = await acquireLock(tab, signal);
  const turn: Turn = { epoch, due, signal, lease };
  try {
    for (const last of [false, true]) {
      const early = lookAt(tab);
      if (!ownNonce(tab, early)) {
        askTabs(tab, early);
        await settle(tab, turn, ANSWER_MS);
        level(tab, early);
      } else if (!lease || lease.contended) await settle(tab, turn, SETTLE_MS);
      assertCurrent(tab, turn);
      if (before && isOvertaken(tab, turn, before.id, before.generation)) return;
      const seen = lookAt(tab);
      const request = refreshRequest(tab, seen);
      const answer = await ask(tab, 'refresh', { ...request, timeoutMs: PATIENCE_MS, signal });
      assertCurrent(tab, turn);
      if (await act(tab, turn, answer, seen, last)) return;
    }
  } finally {
    turn.lease?.release();
  }
}

function fail(tab: Tab, error: TransientError): void {
  const { env } = tab;
  const { held, shown, pace } = tab.state;
  // Asked of all tabs: they share the pause.
  if (error.retryAfter && !isRefusal(error)) pause(tab, Math.ceil(error.retryAfter * 1000));
  set(tab, {
    pace: failed(pace, env.monotonic(), error, env.random()),
    stuck: held?.session,
  });
  if (!held) leave(tab, 'unreachable');
  else if (!isRefusal(error) || shown.status !== 'degraded') degrade(tab, held, error);
}

async function attempt(tab: Tab, stop: Cancel, eager: boolean): Promise<void> {
  const before = tab.state.held?.session;
  try {
    if (tab.disposed.aborted) throw cancelled(true);
    const refused = refusal(tab.state.pace, tab.env.monotonic(), pause(tab), eager);
    if (refused) throw refused;
    await unlessCancelled(exchange(tab, stop), [stop], superseded);
    rest(tab);
  } catch (error) {
    const now = tab.state.held?.session;
    const newer = before && now?.id === before.id && now.generation > before.generation;
    if (error instanceof TransientError && !newer) fail(tab, error);
    else rest(tab);
    // Another tab got meanwhile what could not be had here.
    if (!newer) throw error;
  }
}

/** Refreshes what is held, or joins the refresh under way. `eager` ignores the own back-off. */
export function refresh(tab: Tab, eager = false): Promise<void> {
  if (tab.refreshing) return tab.refreshing;
  const mine = attempt(tab, (tab.stop = createCancel()), eager).finally(() => {
    if (tab.refreshing === mine) tab.refreshing = undefined;
    touch(tab);
    plan(tab);
  });
  tab.refreshing = mine;
  touch(tab);
  return mine;
}

/** The page is looked at or online again. */
export function wake(tab: Tab): void {
  reconcile(tab);
  const clock = clockOf(tab);
  const due = waitOf(tab.state.pace, clock.monotonic) !== null || isDue(tab.state, clock);
  if (tab.env.visible() && due) void refresh(tab, true).catch(() => undefined);
  else if (identityOf(tab.state.shown)) plan(tab);
}
