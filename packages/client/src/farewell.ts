/** The journey out: sign out here, tell the server, and tell it later when it could not be told. */
import { leave, move, set } from './bus.js';
import { cancelled, inTime } from './cancel.js';
import { codeOf, isTokenCode, readTokens } from './core/answers.js';
import { heldFrom } from './core/record.js';
import { isEnded, isOver, leftBehind } from './core/verdicts.js';
import { refreshRequest } from './nonces.js';
import { abandon } from './session.js';
import { look, mark, tickets } from './vault.js';
import { ask } from './wire.js';
import type { Sighting } from './core/record.js';
import type { TransportResponse } from './edges.js';
import type { Tab } from './tab.js';

/** How long the server may take to confirm a sign-out. */
const FAREWELL_MS = 5000;

/** What the server must hear of is kept until it has, in the store: the page may go. */
export function owe(tab: Tab, { sid, held }: Sighting): void {
  if (tab.cookies) mark(tab, sid);
  else if (held?.ticket) tickets(tab, { add: held.ticket });
}

/** Ends the session of a ticket, which is then dropped. */
async function redeem(tab: Tab, ticket: string): Promise<TransportResponse> {
  const body = JSON.stringify({ sign_out_ticket: ticket });
  const answer = await ask(tab, 'logout', { body, keepalive: true, timeoutMs: FAREWELL_MS });
  if (isOver(answer)) tickets(tab, { drop: ticket });
  return answer;
}

/** One request that ends what `left` stands for. */
async function part(
  tab: Tab,
  left: Sighting,
  all: boolean,
  again = tab.cookies,
): Promise<TransportResponse> {
  const ticket = !all && left.held?.ticket;
  if (ticket) return redeem(tab, ticket);
  const now = look(tab, true);
  const csrf = now?.sid === left.sid ? now.csrf : left.csrf;
  const token = (!all && left.held?.refresh) || left.held?.access;
  const answer = await ask(tab, all ? 'logout_all' : 'logout', {
    method: all ? 'POST' : 'DELETE',
    headers: tab.cookies ? { 'X-CSRF-Token': csrf } : { Authorization: `Bearer ${token ?? ''}` },
    keepalive: true,
    timeoutMs: FAREWELL_MS,
  });
  const overtaken = again && answer.status === 403 && codeOf(answer.body) === 'csrf_failed';
  return overtaken ? part(tab, left, all, false) : answer;
}

/** Ends all sessions; with an access token that expired this takes new ones, which are never kept. */
async function endAll(tab: Tab, left: Sighting): Promise<boolean> {
  let answer = await part(tab, left, true);
  if (answer.status === 401 && isTokenCode(codeOf(answer.body))) {
    const request = { ...refreshRequest(tab, left), timeoutMs: FAREWELL_MS };
    const renewed = readTokens(await ask(tab, 'refresh', request), tab.cookies);
    if (renewed)
      answer = await part(tab, { ...left, held: heldFrom(renewed, tab.cookies, 0) }, true);
  }
  return answer.status < 300;
}

async function endOnServer(tab: Tab, left: Sighting, everywhere: boolean): Promise<boolean> {
  const all = everywhere && (await endAll(tab, left));
  const answer = all ? null : await part(tab, left, false);
  if (all && left.held?.ticket) tickets(tab, { drop: left.held.ticket });
  if ((all || (answer && isOver(answer))) && mark(tab) === left.sid) mark(tab, null);
  return all || (!everywhere && answer !== null && isEnded(answer));
}

/** `saying`, within its time; false where it failed. */
function within(tab: Tab, saying: Promise<boolean>): Promise<boolean> {
  const told = inTime(tab.env, FAREWELL_MS, saying, [tab.disposed], () => cancelled(true))
    .catch(() => false)
    .finally(() => {
      if (tab.leaving === told) tab.leaving = undefined;
    });
  tab.leaving = told;
  return told;
}

/** Ends `left` on the server. True if that said so, within its time. */
export const tell = (tab: Tab, left: Sighting, everywhere: boolean): Promise<boolean> =>
  within(tab, endOnServer(tab, left, everywhere));

/** Notes what became of a sign-out, for those who sign out again. */
async function note(tab: Tab, telling: Promise<boolean>): Promise<boolean> {
  const confirmed = await telling;
  set(tab, { confirmed });
  return confirmed;
}

/**
 * Ends on the server a session that is over here; tried again by {@link deliver}. What is kept for that
 * is overtaken: good for nothing but signing out.
 */
export async function disown(tab: Tab, left: Sighting): Promise<void> {
  owe(tab, left);
  await note(tab, tell(tab, left, false));
}

/** Tells the server of a sign-out it missed. Settles when it is told, or cannot be. */
export async function deliver(tab: Tab): Promise<void> {
  const sid = mark(tab);
  const owed = tickets(tab);
  if (tab.leaving) await tab.leaving;
  else if (sid !== null) {
    const seen = look(tab, true);
    if (seen?.sid === sid) await note(tab, tell(tab, seen, false));
    else if (tab.cookieReadable) mark(tab, null);
  } else if (owed.length) {
    const answers = Promise.all(owed.map((ticket) => redeem(tab, ticket)));
    await note(
      tab,
      within(
        tab,
        answers.then((all) => all.every(isOver)),
      ),
    );
  }
}

/** Signed out here at once, then the server is told. Never rejects. */
export async function logout(
  tab: Tab,
  everywhere: boolean,
): Promise<{ readonly serverConfirmed: boolean }> {
  set(tab, { logouts: tab.state.logouts + 1 });
  const left = leftBehind(tab.state, look(tab));
  if (!left) {
    await (tab.leaving ?? deliver(tab));
    return { serverConfirmed: tab.state.confirmed };
  }
  owe(tab, left);
  abandon(tab, 'signed_out', left.sid);
  move(tab, { status: 'signingOut' });
  const serverConfirmed = await note(tab, tell(tab, left, everywhere));
  leave(tab, 'signed_out', null, { serverConfirmed });
  return { serverConfirmed };
}
