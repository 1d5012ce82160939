import { expect, test } from 'vitest';
import { accountOf } from '../src/index.js';
import { refusalOf, signedIn } from './rig/scene.js';
import type { User } from '../src/index.js';

test('the account calls send what the contract says', async () => {
  const { world, server, client } = await signedIn();
  const account = accountOf(client);
  const user = { id: 'id-ada', username: 'ada', display_name: 'Countess', roles: [] };
  const answers: Record<string, unknown> = {
    'GET /api/me': { username: 'ada', user, session: { id: 'sid1' } },
    'POST /api/me': { user },
    'GET /api/auth/sessions': { sessions: [{ id: 'sid1', current: true }], next_cursor: '7-a' },
    'GET /api/auth/sessions?cursor=7-a': { sessions: [{ id: 'sid2' }], next_cursor: null },
    'GET /api/auth/events': { events: [], next_cursor: null },
  };
  server.app = (call) => ({
    status: 200,
    body: answers[`${call.method} ${call.url}`] ?? answers[`${call.method} ${call.path}`] ?? {},
  });
  expect((await world.settle(account.me())).username).toBe('ada');
  expect((await world.settle(account.updateMe({ display_name: 'Countess' }))).id).toBe('id-ada');
  expect(client.state).toMatchObject({ user: { display_name: 'Countess' } });
  expect((await world.settle(account.sessions())).map(({ id }) => id)).toEqual(['sid1', 'sid2']);
  await world.settle(account.endSession('a/b'));
  await world.settle(account.endOtherSessions());
  expect(await world.settle(account.events({ cursor: 'x&y', limit: 5 }))).toEqual({
    events: [],
    next_cursor: null,
  });
  await world.settle(account.changePassword('right', 'new'));
  expect(server.calls.slice(-4).map((call) => `${call.method} ${call.url}`)).toEqual([
    'DELETE /api/auth/sessions/a%2Fb',
    'DELETE /api/auth/sessions?scope=others',
    'GET /api/auth/events?cursor=x%26y&limit=5',
    'PUT /api/auth/password',
  ]);
  expect(server.calls.at(-1)?.body).toEqual({ current_password: 'right', new_password: 'new' });
  await world.settle(account.deleteMe());
  expect(client.state).toMatchObject({ status: 'anonymous', reason: 'signed_out' });
});

test('an answer that is not ours is an error, not undefined', async () => {
  const { world, server, client } = await signedIn();
  server.app = () => ({ status: 200, body: '<html>' });
  const account = accountOf(client);
  for (const call of [account.me, account.sessions, account.events, () => account.updateMe({})])
    expect(await world.settle(refusalOf(call()))).toMatchObject({ code: 'malformed_answer' });
  expect(await refusalOf(account.endSession(''))).toMatchObject({ code: 'invalid_request' });
});

test('another user is not taken over', async () => {
  const { client } = await signedIn();
  const { user } = client.state as { user: User };
  client.updateUser({ ...user, id: 'id-eve', username: 'eve', roles: ['admin'] });
  expect(client.state).toMatchObject({ user: { username: 'ada' } });
});
