import { describe, expect, test } from 'vitest';
import { DELIVERIES, refusalOf, signedIn } from './rig/scene.js';
import { signIn } from './rig/browser.js';
import { serverError } from './rig/server.js';

const REFRESH = '/api/auth/refresh';

describe.each(DELIVERIES)('refresh, tokens in %s', (delivery) => {
  const begin = (): ReturnType<typeof signedIn> => signedIn({ delivery });

  test('1 one 401 leads to one refresh and one retry with the new token', async () => {
    const { world, server, client } = await begin();
    server.expireAccess();
    const answer = await world.settle(client.request({ url: '/api/thing' }));
    expect(answer.body).toEqual({ ok: true });
    expect(server.count(REFRESH)).toBe(1);
    const tries = server.calls.filter((call) => call.path === '/api/thing');
    expect(tries).toHaveLength(2);
    const carried = tries.map((call) => call.headers.authorization ?? call.cookies.tally_access);
    expect(carried[0]).not.toBe(carried[1]);
  });

  test('2 fifty parallel 401s lead to one refresh and fifty results', async () => {
    const { world, server, client } = await begin();
    server.expireAccess();
    const all = Array.from({ length: 50 }, (_, n) => client.request({ url: `/api/thing?n=${n}` }));
    const answers = await world.settle(Promise.all(all));
    expect(answers.map((answer) => answer.status)).toEqual(Array(50).fill(200));
    expect(server.count(REFRESH)).toBe(1);
    expect(server.count('/api/thing')).toBe(100);
  });

  test('3 a 401 that arrives after the refresh is retried without another', async () => {
    const { world, server, client } = await begin();
    server.expireAccess();
    let slow = true;
    const latency = server.latency;
    server.latency = () => (slow ? 3000 : 10);
    const late = client.request({ url: '/api/late' });
    await world.flush();
    slow = false;
    await world.settle(client.request({ url: '/api/quick' }));
    expect(server.count(REFRESH)).toBe(1);
    expect((await world.settle(late)).status).toBe(200);
    expect(server.count(REFRESH)).toBe(1);
    expect(server.count('/api/late')).toBe(2);
    server.latency = latency;
  });

  test('4 a request started during a refresh waits and sends the new token', async () => {
    const { world, server, client } = await begin();
    const refreshed = client.refresh();
    await world.flush();
    expect(client.refreshing).toBe(true);
    const answer = client.request({ url: '/api/thing' });
    await world.flush();
    expect(server.count('/api/thing')).toBe(0);
    await world.settle(Promise.all([refreshed, answer]));
    const call = server.calls.find((each) => each.path === '/api/thing');
    expect(call?.headers.authorization ?? call?.cookies.tally_access).toContain('sid1-1-');
    expect(client.refreshing).toBe(false);
  });

  test('5 a definite refusal rejects all waiters typed, with exactly one signedOut', async () => {
    const { world, server, client, tab } = await begin();
    server.expireAccess();
    server.fault = (call) =>
      call.path === REFRESH
        ? serverError(401, 'session_ended', {
            reason: 'kicked',
            ended_at: '2026-01-01T00:00:00Z',
            by: { device_name: 'phone', ip: '192.0.2.1' },
          })
        : undefined;
    const all = Array.from({ length: 5 }, () => refusalOf(client.request({ url: '/api/thing' })));
    for (const error of await world.settle(Promise.all(all)))
      expect(error).toMatchObject({
        name: 'SessionEndedError',
        kind: 'definite',
        code: 'session_ended',
        ended: { reason: 'kicked', by: { device_name: 'phone' } },
      });
    expect(tab.only('signedOut')).toHaveLength(1);
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'kicked' });
    expect(server.count('/api/thing')).toBe(5);
  });

  test('6 a network error during refresh rejects waiters as transient and keeps the session', async () => {
    const { world, server, browser, client, tab } = await begin();
    server.expireAccess();
    server.fault = (call) => (call.path === REFRESH ? 'network' : undefined);
    const all = Array.from({ length: 5 }, () => refusalOf(client.request({ url: '/api/thing' })));
    for (const error of await world.settle(Promise.all(all)))
      expect(error).toMatchObject({ kind: 'transient', code: 'network_error' });
    expect(client.state).toMatchObject({ status: 'degraded', user: { username: 'ada' } });
    expect(browser.stored('tally.session')).not.toBeNull();
    expect(tab.only('signedOut')).toHaveLength(0);
  });

  test('7 a refresh that is never answered gives up after 8 s and nothing hangs', async () => {
    const { world, server, client } = await begin();
    server.expireAccess();
    server.fault = (call) => (call.path === REFRESH ? 'hang' : undefined);
    const began = world.now();
    const error = await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    expect(error).toMatchObject({ kind: 'transient', code: 'timeout' });
    expect(world.now() - began).toBeLessThan(8200);
    expect(world.now() - began).toBeGreaterThanOrEqual(8000);
  });

  test('8 the 401 of the refresh itself never enters the queue', async () => {
    const { world, server, client } = await begin();
    server.fault = (call) =>
      call.path === REFRESH ? serverError(401, 'token_expired') : undefined;
    const error = await world.settle(refusalOf(client.refresh()));
    expect(error).toMatchObject({ kind: 'definite', code: 'token_expired' });
    expect(server.count(REFRESH)).toBe(1);
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'token_expired' });
  });

  test('9 a retry that gets 401 again is surfaced without a third try', async () => {
    const { world, server, client } = await begin();
    server.fault = (call) =>
      call.path === '/api/thing' ? serverError(401, 'token_invalid') : undefined;
    const error = await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    expect(error).toMatchObject({ kind: 'request', code: 'token_invalid', status: 401 });
    expect(server.count('/api/thing')).toBe(2);
    expect(client.state.status).toBe('authenticated');
  });

  test.each([
    ['another code', '/api/thing', { code: 'provider_code_invalid' }],
    ['no code', '/api/thing', '<h1>Unauthorized</h1>'],
    ['another API', 'https://other.example/thing', { code: 'token_expired' }],
  ])('10 a 401 with %s leads to no refresh', async (_what, url, body) => {
    const { world, server, client } = await begin();
    server.fault = () => ({ status: 401, body });
    const error = await world.settle(refusalOf(client.request({ url })));
    expect(error).toMatchObject({ kind: 'request', status: 401 });
    expect(server.count(REFRESH)).toBe(0);
    expect(client.state.status).toBe('authenticated');
  });

  test('18 a redirect as the answer to a request is transient, not followed', async () => {
    const { world, server, client } = await begin();
    server.app = () => ({ status: 302, headers: { location: 'https://portal.example' } });
    const request = client.request({ method: 'POST', url: '/api/thing' });
    expect(await world.settle(refusalOf(request))).toMatchObject({
      kind: 'transient',
      status: 302,
    });
  });

  test('11 a 403 does not refresh', async () => {
    const { world, server, client } = await begin();
    server.app = () => serverError(403, 'forbidden');
    const error = await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    expect(error).toMatchObject({ kind: 'request', code: 'forbidden', status: 403 });
    expect(server.count(REFRESH)).toBe(0);
  });

  test('13 an aborted waiter leaves the queue and the refresh goes on', async () => {
    const { world, server, client } = await begin();
    server.expireAccess();
    const controller = new AbortController();
    const { signal } = controller;
    const given = refusalOf(client.request({ url: '/api/given-up', signal }));
    const kept = client.request({ url: '/api/kept' });
    await world.advance(25);
    expect(client.refreshing).toBe(true);
    controller.abort();
    expect(await given).toMatchObject({ kind: 'request', code: 'aborted' });
    expect((await world.settle(kept)).status).toBe(200);
    expect(server.count(REFRESH)).toBe(1);
    expect(server.count('/api/given-up')).toBe(1);
  });

  test('16 a malformed 2xx is transient and the old tokens are kept', async () => {
    const { world, server, client } = await begin();
    const broken = [
      '<html>',
      {},
      { access_token: 'x', refresh_token: 'y' },
      {
        user: { id: 'id-ada', username: 'ada', roles: [] },
        session: { id: 'sid1', generation: 1 },
      },
    ];
    for (const body of broken) {
      server.fault = (call) => (call.path === REFRESH ? { status: 200, body } : undefined);
      const error = await world.settle(refusalOf(client.refresh()));
      expect(error).toMatchObject({ kind: 'transient', code: 'malformed_answer' });
      await world.advance(10_000);
    }
    server.fault = () => undefined;
    expect((await world.settle(client.request({ url: '/api/thing' }))).status).toBe(200);
    await world.settle(client.refresh());
    expect(server.row('sid1').ended).toBeNull();
  });

  test.each([
    ['a 500', serverError(500, 'internal_error')],
    ['a 503', serverError(503, 'verifier_unavailable')],
    ['an HTML 502', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['an HTML 200', { status: 200, body: '<html>Accept our terms</html>' }],
    ['a redirect', { status: 302, headers: { location: 'http://portal.example' } }],
    ['an HTML 401', { status: 401, body: '<html>Pay first</html>' }],
    ['a 403 of a firewall', { status: 403, body: 'blocked' }],
    ['a 404', { status: 404, body: 'not here' }],
  ])('18 %s as the answer to a refresh is transient', async (_what, reply) => {
    const { world, server, client } = await begin();
    server.fault = (call) => (call.path === REFRESH ? reply : undefined);
    expect(await world.settle(refusalOf(client.refresh()))).toMatchObject({ kind: 'transient' });
    expect(client.state.status).toBe('degraded');
    server.fault = () => undefined;
    await world.settle(client.refresh());
    expect(client.state.status).toBe('authenticated');
  });

  test('19 three refreshes in 10 s put the brake on', async () => {
    const { world, server, client } = await begin();
    for (let n = 0; n < 3; n++) await world.settle(client.refresh());
    const error = await world.settle(refusalOf(client.refresh()));
    expect(error).toMatchObject({ kind: 'transient', code: 'refresh_braked' });
    expect(server.count(REFRESH)).toBe(3);
    expect((await world.settle(client.request({ url: '/api/thing' }))).status).toBe(200);
    await world.advance(10_001);
    expect(server.count(REFRESH)).toBe(4);
    expect(client.state.status).toBe('authenticated');
  });

  test('19 a server that refuses every new token is not hammered', async () => {
    const { world, server, client } = await begin();
    server.fault = (call) =>
      call.path === '/api/thing' ? serverError(401, 'token_expired') : undefined;
    for (let n = 0; n < 40; n++)
      await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    expect(server.count(REFRESH)).toBe(3);
  });

  test('51 a result that arrives after a new sign-in is discarded', async () => {
    const { world, server, client } = await begin();
    server.latency = () => 400;
    const refreshed = refusalOf(client.refresh());
    await world.advance(100);
    await world.settle(client.logout());
    expect(await refreshed).toMatchObject({ code: 'superseded' });
    await signIn(world, { client }, 'bob');
    expect(client.state).toMatchObject({ user: { username: 'bob' }, session: { id: 'sid2' } });
  });
});

describe('refresh, tokens in body', () => {
  test('12 an Authorization header of the caller is respected, unless it is our stale token', async () => {
    const { world, server, client } = await signedIn();
    const first = server.tokensEverIssued().find((token) => token.includes('access'));
    await world.settle(client.refresh());
    const stale = { authorization: `Bearer ${first ?? ''}` };
    expect((await world.settle(client.request({ url: '/api/a', headers: stale }))).status).toBe(
      200,
    );
    expect(server.calls.at(-1)?.headers.authorization).toContain('sid1-1-');
    const foreign = { Authorization: 'Basic c29tZQ==' };
    const error = await world.settle(
      refusalOf(client.request({ url: '/api/b', headers: foreign })),
    );
    expect(error).toMatchObject({ status: 401 });
    expect(server.calls.at(-1)?.headers.authorization).toBe('Basic c29tZQ==');
    expect(server.count(REFRESH)).toBe(1);
  });

  test('14 a body is replayed byte-identical, even if the caller changes it meanwhile', async () => {
    const { world, server, client } = await signedIn();
    server.expireAccess();
    const json = { list: [1, 2, 3] };
    const sent = client.request({ method: 'POST', url: '/api/thing', json });
    await world.flush();
    json.list.push(4);
    await world.settle(sent);
    const bodies = server.calls
      .filter((call) => call.path === '/api/thing')
      .map((call) => call.body);
    expect(bodies).toEqual([{ list: [1, 2, 3] }, { list: [1, 2, 3] }]);
  });

  test('15 a used-up stream is a clear error, not an empty body', async () => {
    const { world, server, client } = await signedIn();
    server.expireAccess();
    const stream = { getReader: () => undefined };
    const request = client.request({ method: 'POST', url: '/api/thing', body: stream });
    const error = await world.settle(refusalOf(request));
    expect(error).toMatchObject({ kind: 'request', code: 'body_not_replayable' });
    expect(server.count('/api/thing')).toBe(1);
    expect(server.count(REFRESH)).toBe(1);
  });

  test('15 a stream is not sent with a token about to expire', async () => {
    const { world, server, client, tab } = await signedIn();
    tab.page.visible = false;
    await world.advance(850_000);
    const stream = { pipe: () => undefined };
    await world.settle(client.request({ method: 'POST', url: '/api/thing', body: stream }));
    expect(server.calls.map((call) => call.path).slice(-2)).toEqual([REFRESH, '/api/thing']);
  });

  test('16 a lost answer is fetched again with the same nonce', async () => {
    const { world, server, client } = await signedIn();
    server.fault = (call) => (call.path === REFRESH ? 'lost' : undefined);
    await world.settle(refusalOf(client.refresh()));
    expect(server.row('sid1').generation).toBe(1);
    server.fault = () => undefined;
    await world.advance(600_000);
    expect(client.state).toMatchObject({ status: 'authenticated', session: { generation: 1 } });
    expect(server.row('sid1').ended).toBeNull();
  });

  test('every refresh carries a nonce of the presented generation', async () => {
    const { world, server, client } = await signedIn();
    for (let n = 0; n < 3; n++) await world.settle(client.refresh());
    const nonces = server.calls.map((call) => call.headers['tally-nonce'] ?? '');
    expect(new Set(nonces).size).toBe(4);
    for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{43}$/);
  });
});
