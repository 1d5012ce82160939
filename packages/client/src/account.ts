/** The signed-in user's own calls, as functions. Apart from the core, so that unused ones cost nothing. */
import { fieldsOf, isUser } from './core/answers.js';
import { RequestError, TransientError } from './errors.js';
import type { EventPage, Me, ProfilePatch, Session, User } from './contract.js';
import type { AuthClient } from './types.js';

/** See {@link accountOf}. All reject with `AuthError`. */
export interface Account {
  me(): Promise<Me>;
  /** Changes the profile; the client's state follows. */
  updateMe(patch: ProfilePatch): Promise<User>;
  /** Deletes the account and signs out. Needs a fresh token: `reauthenticate` first. */
  deleteMe(): Promise<void>;
  /** All of them, this one first; the pages of very many are put together. */
  sessions(): Promise<readonly Session[]>;
  endSession(id: string): Promise<void>;
  endOtherSessions(): Promise<void>;
  events(page?: { readonly cursor?: string; readonly limit?: number }): Promise<EventPage>;
  /** Ends all other sessions. Needs a fresh token: `reauthenticate` first. */
  changePassword(currentPassword: string, newPassword: string): Promise<void>;
}

/** The account calls over `client`. */
export function accountOf(client: AuthClient): Account {
  const call = async (method: string, url: string, json?: unknown): Promise<unknown> =>
    (await client.request({ method, url, ...(json !== undefined && { json }) })).body;
  const expect = (ok: boolean): void => {
    if (!ok) throw new TransientError('malformed_answer');
  };
  return {
    async me() {
      const body = await call('GET', '/api/me');
      expect(isUser(fieldsOf(body).user));
      return body as Me;
    },
    async updateMe(patch) {
      // The service takes both; mini programs cannot send PATCH.
      const { user } = fieldsOf(await call('POST', '/api/me', patch));
      if (isUser(user)) client.updateUser(user);
      else expect(false);
      return user as User;
    },
    async deleteMe() {
      await call('DELETE', '/api/me');
      await client.logout();
    },
    async sessions() {
      const all: Session[] = [];
      let next = '';
      do {
        const page = fieldsOf(await call('GET', `/api/auth/sessions${next}`));
        expect(Array.isArray(page.sessions));
        all.push(...(page.sessions as Session[]));
        next = page.next_cursor ? `?cursor=${page.next_cursor as string}` : '';
      } while (next);
      return all;
    },
    async endSession(id) {
      if (id === '') throw new RequestError('invalid_request');
      await call('DELETE', `/api/auth/sessions/${encodeURIComponent(id)}`);
    },
    async endOtherSessions() {
      await call('DELETE', '/api/auth/sessions?scope=others');
    },
    async events({ cursor, limit } = {}) {
      const query = [
        cursor === undefined ? '' : `cursor=${encodeURIComponent(cursor)}`,
        limit === undefined ? '' : `limit=${limit}`,
      ].filter(Boolean);
      const body = await call(
        'GET',
        `/api/auth/events${query.length ? `?${query.join('&')}` : ''}`,
      );
      expect(Array.isArray(fieldsOf(body).events));
      return body as EventPage;
    },
    async changePassword(current_password, new_password) {
      await call('PUT', '/api/auth/password', { current_password, new_password });
    },
  };
}
