/**
 * Sends other people's requests with our authorisation: fresh tokens before, one replay after a 401 of
 * ours, and never a token for the wrong server or in the name of the wrong user.
 */
import { codeOf, endDetail, fieldsOf, isSessionCode, isTokenCode, reasonOf } from './answers.js';
import { AuthError, RequestError, SessionEndedError } from './errors.js';
import { cancelled, unlessCancelled } from './wire.js';
import type { Holding } from './holding.js';
import type { Refresher } from './refresher.js';
import type { AuthorisedCall, CancelSignal, Grant, Verdict } from './types.js';
import type { Held, Vault } from './vault.js';

/** What authorising works with. */
export interface AuthoriseParts {
  readonly holding: Holding;
  readonly refresher: Refresher;
  readonly vault: Vault;
  readonly delivery: 'cookie' | 'body';
  readonly disposed: CancelSignal;
  readonly isOurs: (url: string) => boolean;
  /** Settles when the state is known and no sign-out of this browser is on its way. Never rejects. */
  readonly settled: () => Promise<unknown>;
}

/** See {@link AuthClient.authorise}. */
export type Authorise = <A extends Verdict>(
  call: AuthorisedCall,
  attempt: (grant: Grant) => Promise<A>,
) => Promise<A>;

const NOTHING: Grant = { headers: {}, credentials: 'same-origin' };
const isSafe = (method: string): boolean => /^(get|head|options)$/i.test(method);

const sessionChanged = (): AuthError => new RequestError('session_changed');

/** Makes the function behind `client.authorise` and `client.request`. */
export function createAuthorise(parts: AuthoriseParts): Authorise {
  const { holding, refresher, vault, delivery, disposed } = parts;
  const userId = (): string | undefined => holding.current()?.user.id;

  const waitFor = <T>(promise: Promise<T>, call: AuthorisedCall): Promise<T> =>
    unlessCancelled(promise, [disposed, call.signal], (index) => cancelled(index === 0));

  /** Waits for a refresh under way, and has one made if the token at hand is surely too old. */
  const freshen = async (call: AuthorisedCall): Promise<void> => {
    // A body that can be read once gets no second chance, so it travels with a token that will last.
    const margin = call.replayable ? 0 : holding.lead();
    const old = holding.current() && holding.remaining() <= margin;
    const refresh = refresher.running() ?? (old ? refresher.run() : null);
    if (!refresh) return;
    await waitFor(refresh, call).catch((error: unknown) => {
      // Our clock is no judge: if there is no new token, the server may still take the old one.
      if (error instanceof SessionEndedError || disposed.aborted || call.signal?.aborted)
        throw error;
    });
  };

  const grantFor = (call: AuthorisedCall, held: Held | null): Grant => {
    if (delivery === 'body') {
      const access = held?.access;
      return access === undefined
        ? NOTHING
        : { headers: { Authorization: `Bearer ${access}` }, credentials: 'same-origin' };
    }
    const theirs = vault.look();
    // Signed out here, and the server could not be told yet: its cookies must not speak for anybody.
    if (vault.mark() !== null) return { headers: {}, credentials: 'omit' };
    // A sign-in is about to be answered, and the cookies are the next user's already.
    if (held && theirs && theirs.sid !== held.session.id) throw sessionChanged();
    const headers = theirs && !isSafe(call.method) ? { 'X-CSRF-Token': theirs.csrf } : {};
    return { headers, credentials: 'include' };
  };

  /** The request was made for `owner`; it must not go out, or again, for anybody else. */
  const assertOwner = (owner: string | undefined): void => {
    if (owner === undefined || owner === userId()) return;
    throw holding.current() ? sessionChanged() : new RequestError('not_signed_in');
  };

  /** What a 401 of ours asks for. True: send once more. */
  const renew = async (
    code: string,
    answer: Verdict,
    held: Held,
    call: AuthorisedCall,
    replayed: boolean,
  ): Promise<boolean> => {
    const { id, generation } = held.session;
    const current = holding.current();
    const now = current?.session;
    // A sign-in here ended the one before: whose request this is, is asked before it is sent again.
    const signedInAgain = now !== undefined && now.id !== id && !replayed;
    if (isSessionCode(code) && !signedInAgain) {
      const ended = endDetail(answer.body);
      if (now?.id === id) holding.end(reasonOf(ended), ended, id);
      const { message } = fieldsOf(answer.body);
      throw new SessionEndedError(code, message as string, { status: answer.status, ended });
    }
    // A token that came meanwhile, by proving again who this is, may be good: it is tried first.
    if (now?.id === id && now.generation === generation && current?.access === held.access)
      await waitFor(refresher.run(), call).catch((error: unknown) => {
        // Somebody signed in or out meanwhile: whose request this is, is asked again before it is sent.
        if (!(error instanceof AuthError && error.code === 'superseded')) throw error;
      });
    if (call.replayable) return true;
    throw new RequestError('body_not_replayable');
  };

  return async (call, attempt) => {
    const own = call.authorization;
    if (!parts.isOurs(call.url) || (own !== undefined && !holding.knows(own)))
      return attempt(NOTHING);
    await waitFor(parts.settled(), call);
    holding.reconcile();
    const owner = userId();
    await freshen(call);
    for (let guarded = true, replayed = false; ;) {
      holding.reconcile();
      assertOwner(owner);
      const held = holding.current();
      const answer = await waitFor(attempt(grantFor(call, held)), call);
      const code = answer.url === undefined || parts.isOurs(answer.url) ? codeOf(answer.body) : '';
      if (
        answer.status === 403 &&
        code === 'csrf_failed' &&
        delivery === 'cookie' &&
        guarded &&
        call.replayable
      )
        guarded = false;
      else if (
        answer.status !== 401 ||
        !held ||
        !(isSessionCode(code) || (isTokenCode(code) && !replayed))
      )
        return answer;
      else {
        holding.reconcile();
        replayed = await renew(code, answer, held, call, replayed);
      }
    }
  };
}
