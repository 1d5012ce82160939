/** The journeys in and out: sign in, sign out, and tell the server when it could not be told. */
import { codeOf, fieldsOf, isTokenCode, isUser, problem, readTokens } from './answers.js';
import { RequestError, TransientError } from './errors.js';
import { base64url, hmac } from './hmac.js';
import { refreshRequest } from './refresher.js';
import { heldFrom } from './holding.js';
import { cancelled, createCancel, unlessCancelled } from './wire.js';
import type { DeviceLabel, TokenAnswer, User } from './contract.js';
import type { Bus } from './bus.js';
import type { Env, Lease, TransportResponse } from './edges.js';
import type { Holding } from './holding.js';
import type { CancelSignal, SignedIn } from './types.js';
import { sightingOf } from './vault.js';
import type { Sighting, Vault } from './vault.js';
import type { Ask } from './wire.js';

/** How long the server may take to confirm a sign-out. */
const FAREWELL_MS = 5000;

/** What the journeys work with. */
export interface SigningParts {
  readonly holding: Holding;
  readonly acquire: (signal: CancelSignal) => Promise<Lease | null>;
  readonly vault: Vault;
  readonly bus: Bus;
  readonly ask: Ask;
  readonly env: Env;
  readonly delivery: 'cookie' | 'body';
  readonly cookieReadable: boolean;
  readonly device: DeviceLabel | undefined;
  readonly disposed: CancelSignal;
  readonly started: () => Promise<unknown>;
}

/** See {@link createSigning}. */
export interface Signing {
  register(registration: object): Promise<User>;
  signIn(path: string, credentials: object): Promise<SignedIn>;
  logout(everywhere: boolean): Promise<{ readonly serverConfirmed: boolean }>;
  /**
   * Ends on the server a session that is over here; tried again by {@link deliver}. What is kept for
   * that is overtaken: good for nothing but signing out.
   */
  disown(left: Sighting): Promise<void>;
  /** Tells the server of a sign-out it missed. Settles when it is told, or cannot be. */
  deliver(): Promise<void>;
  /** The sign-out or delivery under way. */
  leaving(): Promise<unknown> | null;
}

/** True if the browser kept the cookies of the session `sid`: it shows them, or else the server says so. */
async function cookiesCame(parts: SigningParts, sid: string): Promise<boolean> {
  if (parts.cookieReadable) return parts.vault.look(true)?.sid === sid;
  const answer = await parts.ask('sessions', { method: 'GET' }).catch(() => null);
  // A sign-in ends the session of the cookies that it takes the place of: these are still those.
  if (answer?.status === 401) return !/^(token_missing|session_ended)$/.test(codeOf(answer.body));
  // Only an answer that says otherwise counts: a network that fails says nothing about cookies.
  const { sessions } = fieldsOf(answer?.body);
  const current = Array.isArray(sessions) && sessions.map(fieldsOf).find((one) => one.current);
  return !current || current.id === sid;
}

/** The server ended it, and said so: the answer of a captive portal is none. */
const isEnded = ({ status, body }: TransportResponse): boolean =>
  status === 200 && typeof fieldsOf(body).message === 'string';

/** There is nothing left to end. */
const isOver = (answer: TransportResponse): boolean =>
  isEnded(answer) || (answer.status === 401 && /^(session|token)_/.test(codeOf(answer.body)));

/** What the server must hear of is kept until it has, in the store: the page may go. */
function owe({ vault, delivery }: SigningParts, { sid, held }: Sighting): void {
  if (delivery === 'cookie') vault.mark(sid);
  else if (held?.ticket) vault.tickets({ add: held.ticket });
}

/** Ends the session of a ticket, which is then dropped. */
async function redeem({ vault, ask }: SigningParts, ticket: string): Promise<TransportResponse> {
  const body = JSON.stringify({ sign_out_ticket: ticket });
  const answer = await ask('logout', { body, keepalive: true, timeoutMs: FAREWELL_MS });
  if (isOver(answer)) vault.tickets({ drop: ticket });
  return answer;
}

/** Makes the journeys of one client. */
export function createSigning(parts: SigningParts): Signing {
  const { holding, vault, bus, ask, env, delivery, disposed } = parts;
  const cookies = delivery === 'cookie';
  let pending: { readonly key: string; readonly promise: Promise<SignedIn> } | null = null;
  let leaving: Promise<boolean> | null = null;
  let logouts = 0;
  let confirmed = true;

  const refusedBy = (answer: TransportResponse): Error =>
    answer.status < 300 ? new TransientError('malformed_answer') : problem(answer, env.now());

  /** One request that ends what `left` stands for. */
  const part = async (
    left: Sighting,
    all: boolean,
    again = cookies,
  ): Promise<TransportResponse> => {
    const ticket = !all && left.held?.ticket;
    if (ticket) return redeem(parts, ticket);
    const now = vault.look(true);
    const csrf = now?.sid === left.sid ? now.csrf : left.csrf;
    const token = (!all && left.held?.refresh) || left.held?.access;
    const answer = await ask(all ? 'logout_all' : 'logout', {
      method: all ? 'POST' : 'DELETE',
      headers: cookies ? { 'X-CSRF-Token': csrf } : { Authorization: `Bearer ${token ?? ''}` },
      keepalive: true,
      timeoutMs: FAREWELL_MS,
    });
    const overtaken = again && answer.status === 403 && codeOf(answer.body) === 'csrf_failed';
    return overtaken ? part(left, all, false) : answer;
  };

  /** Ends all sessions; with an access token that expired this takes new ones, which are never kept. */
  const endAll = async (left: Sighting): Promise<boolean> => {
    let answer = await part(left, true);
    if (answer.status === 401 && isTokenCode(codeOf(answer.body))) {
      const request = refreshRequest(left, holding.nonces.of(left));
      const renewed = readTokens(
        await ask('refresh', { ...request, timeoutMs: FAREWELL_MS }),
        delivery,
      );
      if (renewed) answer = await part({ ...left, held: heldFrom(renewed, delivery, 0) }, true);
    }
    return answer.status < 300;
  };

  const farewell = async (left: Sighting, everywhere: boolean): Promise<boolean> => {
    const all = everywhere && (await endAll(left));
    const answer = all ? null : await part(left, false);
    if (all && left.held?.ticket) vault.tickets({ drop: left.held.ticket });
    if ((all || (answer && isOver(answer))) && vault.mark() === left.sid) vault.mark(null);
    return all || (!everywhere && answer !== null && isEnded(answer));
  };

  /** `saying`, within its time; false where it failed. */
  const within = (saying: Promise<boolean>): Promise<boolean> => {
    const late = createCancel();
    const stop = env.later(FAREWELL_MS, late.cancel);
    const told = unlessCancelled(saying, [late, disposed], () => cancelled(true))
      .catch(() => false)
      .finally(() => {
        stop();
        if (leaving === told) leaving = null;
      });
    leaving = told;
    return told;
  };

  const tell = (left: Sighting, everywhere: boolean): Promise<boolean> =>
    within(farewell(left, everywhere));

  const deliver = async (): Promise<void> => {
    const sid = vault.mark();
    const tickets = vault.tickets();
    if (leaving) await leaving;
    else if (sid !== null) await deliverFor(sid);
    else if (tickets.length)
      confirmed = await within(
        Promise.all(tickets.map((ticket) => redeem(parts, ticket))).then((answers) =>
          answers.every(isOver),
        ),
      );
  };
  const deliverFor = async (sid: string): Promise<void> => {
    const seen = vault.look(true);
    if (seen?.sid === sid) confirmed = await tell(seen, false);
    else if (parts.cookieReadable) vault.mark(null);
  };

  const enter = async (path: string, credentials: object, begun: number): Promise<SignedIn> => {
    await parts.started();
    // A late answer to an old sign-out would clear the new cookies.
    await deliver();
    // A late refresh would replace them: with cookies, one at a time.
    const lease = cookies ? await parts.acquire(disposed) : null;
    holding.signingIn = true;
    try {
      // A code that is sent again after a lost answer must come with the nonce it came with before.
      const { code: salt = base64url(env.randomBytes(16)) } = fieldsOf(credentials);
      const device = parts.device && { device: parts.device };
      const answer = await ask(path, {
        body: JSON.stringify({ ...device, ...credentials, ...(cookies && { delivery }) }),
        headers: { 'Tally-Nonce': hmac(vault.deviceSecret(), `login|${String(salt)}`) },
      });
      const tokens = readTokens(answer, delivery);
      if (!tokens) throw refusedBy(answer);
      return await admit(tokens, begun, () => lease?.release());
    } finally {
      holding.signingIn = false;
      lease?.release();
    }
  };

  /** Takes over a sign-in, unless the user left while it was under way. */
  const admit = async (
    tokens: TokenAnswer,
    begun: number,
    release: () => void,
  ): Promise<SignedIn> => {
    const { user, session, replaced_sessions: replacedSessions, created = false } = tokens;
    if (begun !== logouts) {
      const left = sightingOf(heldFrom(tokens, delivery, 0));
      owe(parts, left);
      await tell(left, false);
      throw new RequestError('superseded');
    }
    if (cookies && !(await cookiesCame(parts, session.id))) {
      bus.warn('cookies_unavailable');
      throw new RequestError('cookies_unavailable');
    }
    vault.mark(null);
    confirmed = true;
    holding.keep(tokens, true);
    release();
    return { user, session, replacedSessions, created };
  };

  return {
    deliver,
    async disown(left) {
      owe(parts, left);
      confirmed = await tell(left, false);
    },
    leaving: () => leaving,
    async register(registration) {
      const answer = await ask('register', { body: JSON.stringify(registration) });
      const { user } = fieldsOf(answer.body);
      if (answer.status < 300 && isUser(user)) return user;
      throw refusedBy(answer);
    },
    signIn(path, credentials) {
      const key = path + JSON.stringify(credentials);
      if (pending?.key === key) return pending.promise;
      const begun = logouts;
      const previous = pending?.promise.catch(() => undefined) ?? Promise.resolve();
      const entered = previous.then(() => enter(path, credentials, begun));
      const mine = { key, promise: unlessCancelled(entered, [disposed], () => cancelled(true)) };
      const done = (): void => {
        if (pending === mine) pending = null;
      };
      mine.promise.then(done, done);
      pending = mine;
      return mine.promise;
    },
    async logout(everywhere) {
      logouts++;
      const stored = vault.look();
      const held = holding.current() ?? stored?.held ?? null;
      const sid = held?.session.id ?? stored?.sid;
      if (sid === undefined) {
        await (leaving ?? deliver());
        return { serverConfirmed: confirmed };
      }
      const generation = held?.session.generation ?? stored?.generation ?? 0;
      const csrf = stored?.csrf ?? held?.csrf ?? '';
      const left = { sid, generation, held, csrf };
      owe(parts, left);
      holding.leave('signed_out', sid);
      bus.move({ status: 'signingOut' });
      confirmed = await tell(left, everywhere);
      bus.leave('signed_out', null, { serverConfirmed: confirmed });
      return { serverConfirmed: confirmed };
    },
  };
}
