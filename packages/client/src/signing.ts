/** The journey in. */
import { set, warn } from './bus.js';
import { cancelled, unlessCancelled } from './cancel.js';
import { fieldsOf, isUser, problem, readTokens } from './core/answers.js';
import { heldFrom, sightingOf } from './core/record.js';
import { cookiesAre } from './core/verdicts.js';
import { RequestError, TransientError } from './errors.js';
import { deliver, owe, tell } from './farewell.js';
import { base64url, hmac } from './hmac.js';
import { acquireLock } from './lock.js';
import { keep } from './session.js';
import { start } from './start.js';
import { deviceSecret, look, mark } from './vault.js';
import { ask } from './wire.js';
import type { TokenAnswer, User } from './contract.js';
import type { Lease, TransportResponse } from './edges.js';
import type { Tab } from './tab.js';
import type { SignedIn } from './types.js';

const refusedBy = (tab: Tab, answer: TransportResponse): Error =>
  answer.status < 300 ? new TransientError('malformed_answer') : problem(answer, tab.env.now());

/** Creates an account; does not sign in. */
export async function register(tab: Tab, registration: object): Promise<User> {
  const answer = await ask(tab, 'register', { body: JSON.stringify(registration) });
  const { user } = fieldsOf(answer.body);
  if (answer.status < 300 && isUser(user)) return user;
  throw refusedBy(tab, answer);
}

/** True if the browser kept the cookies of the session `sid`: it shows them, or else the server says so. */
async function cookiesCame(tab: Tab, sid: string): Promise<boolean> {
  if (tab.cookieReadable) return look(tab, true)?.sid === sid;
  return cookiesAre(sid, await ask(tab, 'sessions', { method: 'GET' }).catch(() => null));
}

/** Takes over a sign-in, unless the user left while it was under way. */
async function admit(
  tab: Tab,
  tokens: TokenAnswer,
  begun: number,
  lease: Lease | null,
): Promise<SignedIn> {
  const { user, session, replaced_sessions: replacedSessions, created = false } = tokens;
  if (begun !== tab.state.logouts) {
    const left = sightingOf(heldFrom(tokens, tab.cookies, 0));
    owe(tab, left);
    await tell(tab, left, false);
    throw new RequestError('superseded');
  }
  if (tab.cookies && !(await cookiesCame(tab, session.id))) {
    warn(tab, 'cookies_unavailable');
    throw new RequestError('cookies_unavailable');
  }
  mark(tab, null);
  set(tab, { confirmed: true });
  keep(tab, tokens, true);
  // No lock is held while listeners hear of it.
  lease?.release();
  return { user, session, replacedSessions, created };
}

async function enter(
  tab: Tab,
  path: string,
  credentials: object,
  begun: number,
): Promise<SignedIn> {
  const { cookies, env, options } = tab;
  await start(tab);
  // A late answer to an old sign-out would clear the new cookies.
  await deliver(tab);
  // A late refresh would replace them: with cookies, one at a time.
  const lease = cookies ? await acquireLock(tab, tab.disposed) : null;
  set(tab, { signingIn: true });
  try {
    // A code that is sent again after a lost answer must come with the nonce it came with before.
    const { code: salt = base64url(env.randomBytes(16)) } = fieldsOf(credentials);
    const device = options.device && { device: options.device };
    const answer = await ask(tab, path, {
      body: JSON.stringify({ ...device, ...credentials, ...(cookies && { delivery: 'cookie' }) }),
      headers: { 'Tally-Nonce': hmac(deviceSecret(tab), `login|${String(salt)}`) },
    });
    const tokens = readTokens(answer, cookies);
    if (!tokens) throw refusedBy(tab, answer);
    return await admit(tab, tokens, begun, lease);
  } finally {
    set(tab, { signingIn: false });
    lease?.release();
  }
}

/** Signs in at `path` below `/api/auth/`. Equal calls at the same time are one. */
export function signIn(tab: Tab, path: string, credentials: object): Promise<SignedIn> {
  const key = path + JSON.stringify(credentials);
  if (tab.entering?.key === key) return tab.entering.promise;
  const begun = tab.state.logouts;
  const previous = tab.entering?.promise.catch(() => undefined) ?? Promise.resolve();
  const entered = previous.then(() => enter(tab, path, credentials, begun));
  const promise = unlessCancelled(entered, [tab.disposed], () => cancelled(true));
  const mine = { key, promise };
  const done = (): void => {
    if (tab.entering === mine) tab.entering = undefined;
  };
  promise.then(done, done);
  tab.entering = mine;
  return promise;
}
