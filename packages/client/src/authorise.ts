/**
 * Sends other people's requests with our authorisation: fresh tokens before, one replay after a 401 of
 * ours, and never a token for the wrong server or in the name of the wrong user.
 */
import { cancelled, unlessCancelled } from './cancel.js';
import { codeOf, endDetail, endedError, reasonOf } from './core/answers.js';
import { leadOf, remaining } from './core/state.js';
import { NOTHING, cookieGrant, judgeCall, judgeRenewal, tokenGrant } from './core/verdicts.js';
import { AuthError, RequestError, SessionEndedError } from './errors.js';
import { refresh } from './refresher.js';
import { end, reconcile } from './session.js';
import { settled } from './start.js';
import { clockOf } from './tab.js';
import { look, mark } from './vault.js';
import type { Held } from './core/record.js';
import type { Chances } from './core/verdicts.js';
import type { Tab } from './tab.js';
import type { AuthorisedCall, Grant, Verdict } from './types.js';

const sessionChanged = (): AuthError => new RequestError('session_changed');

const waitFor = <T>(tab: Tab, promise: Promise<T>, call: AuthorisedCall): Promise<T> =>
  unlessCancelled(promise, [tab.disposed, call.signal], (index) => cancelled(index === 0));

/** Waits for a refresh under way, and has one made if the token at hand is surely too old. */
async function freshen(tab: Tab, call: AuthorisedCall): Promise<void> {
  const { state } = tab;
  // A body that can be read once gets no second chance, so it travels with a token that will last.
  const margin = call.replayable ? 0 : leadOf(state);
  const old = state.held && remaining(state, clockOf(tab)) <= margin;
  const refreshing = tab.refreshing ?? (old ? refresh(tab) : null);
  if (!refreshing) return;
  await waitFor(tab, refreshing, call).catch((error: unknown) => {
    // Our clock is no judge: if there is no new token, the server may still take the old one.
    if (error instanceof SessionEndedError || tab.disposed.aborted || call.signal?.aborted)
      throw error;
  });
}

/** What a request of `owner` sends along. It must not go out, or again, for anybody else. */
function grantFor(tab: Tab, { method }: AuthorisedCall, owner: string | undefined): Grant {
  const { held } = tab.state;
  if (owner !== undefined && owner !== held?.user.id)
    throw held ? sessionChanged() : new RequestError('not_signed_in');
  if (!tab.cookies) return tokenGrant(held);
  const grant = cookieGrant(held, look(tab), mark(tab) !== null, method);
  if (!grant) throw sessionChanged();
  return grant;
}

/** Does what a 401 of ours asks for; afterwards the request may be sent once more. */
async function renew(
  tab: Tab,
  code: string,
  answer: Verdict,
  sent: Held,
  call: AuthorisedCall,
  replayed: boolean,
): Promise<void> {
  const verdict = judgeRenewal(tab.state, sent, code, replayed);
  if (verdict === 'end' || verdict === 'over') {
    const ended = endDetail(answer.body);
    if (verdict === 'end') end(tab, reasonOf(ended), ended, sent.session.id);
    throw endedError(answer);
  }
  if (verdict === 'refresh')
    await waitFor(tab, refresh(tab), call).catch((error: unknown) => {
      // Somebody signed in or out meanwhile: whose request this is, is asked again before it is sent.
      if (!(error instanceof AuthError && error.code === 'superseded')) throw error;
    });
  if (!call.replayable) throw new RequestError('body_not_replayable');
}

/** See {@link AuthClient.authorise}. */
export async function authorise<A extends Verdict>(
  tab: Tab,
  call: AuthorisedCall,
  attempt: (grant: Grant) => Promise<A>,
): Promise<A> {
  const { authorization: own, replayable } = call;
  if (!tab.isOurs(call.url) || (own !== undefined && !tab.state.tokens.includes(own)))
    return attempt(NOTHING);
  await waitFor(tab, settled(tab), call);
  reconcile(tab);
  const owner = tab.state.held?.user.id;
  await freshen(tab, call);
  const left: Chances = { guard: tab.cookies && replayable, token: true };
  for (;;) {
    reconcile(tab);
    const { held } = tab.state;
    const answer = await waitFor(tab, attempt(grantFor(tab, call, owner)), call);
    const { status, url, body } = answer;
    const code = url === undefined || tab.isOurs(url) ? codeOf(body) : '';
    const verdict = judgeCall(status, code, left);
    if (verdict === 'guard') left.guard = false;
    else if (verdict === 'renew' && held) {
      reconcile(tab);
      await renew(tab, code, answer, held, call, !left.token);
      left.token = false;
    } else return answer;
  }
}
