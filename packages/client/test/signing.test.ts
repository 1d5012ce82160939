import { describe, expect, test } from 'vitest';
import { DELIVERIES, refusalOf, scene, signedIn } from './rig/scene.js';
import { signIn } from './rig/browser.js';
import { serverError } from './rig/server.js';
import type { Fault } from './rig/server.js';

const LOGIN = '/api/auth/login';
const LOGOUT = '/api/auth/logout';
const REFRESH = '/api/auth/refresh';
const RIGHT = { username: 'ada', password: 'right' };

describe.each(DELIVERIES)('signing in and out, tokens in %s', (delivery) => {
  const begin = (): ReturnType<typeof signedIn> => signedIn({ delivery });

  test('signing in tells who, and sends a nonce and the way tokens travel', async () => {
    const { world, server, browser } = scene({ delivery });
    const tab = browser.tab({ device: { type: 'web', name: 'Firefox on Linux' } });
    const result = await world.settle(tab.client.login({ ...RIGHT, remember: true }));
    expect(result).toMatchObject({
      user: { username: 'ada' },
      session: { id: 'sid1', generation: 0 },
      created: false,
    });
    const call = server.calls[0];
    expect(call?.headers['tally-nonce']).toMatch(/^[\w-]{43}$/);
    expect(call?.body).toEqual({
      ...RIGHT,
      remember: true,
      device: { type: 'web', name: 'Firefox on Linux' },
      ...(delivery === 'cookie' && { delivery: 'cookie' }),
    });
    expect(tab.events.map((event) => event.name)).toEqual(['signedIn']);
    expect(tab.events[0]?.data).toMatchObject({ via: 'login' });
  });

  test.each<[string, Fault]>([
    ['answers 500', serverError(500, 'internal_error')],
    ['is offline', 'network'],
    ['hangs', 'hang'],
    ['answers 401', serverError(401, 'token_invalid')],
    ['answers nonsense', { status: 302, body: '<html>' }],
  ])('50 logout while the server %s is done here at once, unconfirmed', async (_how, fault) => {
    const { world, server, browser, client, tab } = await begin();
    server.fault = () => fault;
    const began = world.now();
    const leaving = client.logout();
    expect(client.state.status).toBe('signingOut');
    expect(browser.stored('tally.session')).toBeNull();
    expect(await world.settle(leaving)).toEqual({ serverConfirmed: false });
    expect(world.now() - began).toBeLessThanOrEqual(5000);
    expect(client.state).toEqual({ status: 'anonymous', reason: 'signed_out', detail: null });
    await world.flush();
    expect(tab.only('signedOut')).toEqual([
      {
        name: 'signedOut',
        data: { reason: 'signed_out', detail: null, serverConfirmed: false },
      },
    ]);
  });

  test('50 logout that the server confirms ends the session there', async () => {
    const { world, server, client, tab } = await begin();
    expect(await world.settle(client.logout())).toEqual({ serverConfirmed: true });
    expect(server.row('sid1').ended).toBe('logged_out');
    expect(tab.only('signedOut')[0]?.data).toMatchObject({ serverConfirmed: true });
  });

  test('50 logout everywhere ends every session, even with an expired access token', async () => {
    const { world, server, browser, client } = await begin();
    const other = browser.tab({ name: 'elsewhere', delivery: 'body' });
    await signIn(world, other);
    server.expireAccess();
    expect(await world.settle(client.logout({ everywhere: true }))).toEqual({
      serverConfirmed: true,
    });
    expect(server.row('sid1').ended).toBe('logged_out');
    expect(server.row('sid2').ended).toBe('logged_out');
    expect(client.state.status).toBe('anonymous');
  });

  test('50 logout everywhere that fails still ends this session, and says so', async () => {
    const { world, server, client } = await begin();
    server.fault = (call) => (call.path.endsWith('_all') ? serverError(500, 'x') : undefined);
    expect(await world.settle(client.logout({ everywhere: true }))).toEqual({
      serverConfirmed: false,
    });
    expect(server.row('sid1').ended).toBe('logged_out');
  });

  test('51 logout twice is one', async () => {
    const { world, server, client, tab } = await begin();
    const both = [client.logout(), client.logout()];
    expect(await world.settle(Promise.all(both))).toEqual([
      { serverConfirmed: true },
      { serverConfirmed: true },
    ]);
    expect(await world.settle(client.logout())).toEqual({ serverConfirmed: true });
    expect(server.count(LOGOUT)).toBe(1);
    expect(tab.only('signedOut')).toHaveLength(1);
  });

  test('51 logout during a sign-in: nobody is signed in, here and on the server', async () => {
    const { world, server, browser } = scene({ delivery });
    const { client } = browser.tab();
    const entering = refusalOf(client.login(RIGHT));
    await world.advance(15);
    const left = client.logout();
    expect(await world.settle(entering)).toMatchObject({ kind: 'request', code: 'superseded' });
    await world.settle(left);
    expect(client.state.status).toBe('anonymous');
    expect(server.row('sid1').ended).toBe('logged_out');
    expect(browser.stored('tally.session')).toBeNull();
  });

  test('51 a sign-in during a logout waits for it and stays', async () => {
    const { world, server, browser, client } = await begin();
    server.latency = () => 300;
    const left = client.logout();
    const entered = client.login({ username: 'bob', password: 'right' });
    await world.settle(Promise.all([left, entered]));
    await world.advance(1000);
    expect(client.state).toMatchObject({ status: 'authenticated', user: { username: 'bob' } });
    expect(server.calls.map((call) => call.path)).toEqual([LOGIN, LOGOUT, LOGIN]);
    if (delivery === 'cookie') expect(browser.jar.tally_csrf).toContain('sid2.0.');
    expect((await world.settle(client.request({ url: '/api/thing' }))).status).toBe(200);
  });

  test('51 logout during a refresh: the refresh comes to nothing', async () => {
    const { world, server, client } = await begin();
    server.latency = () => 300;
    const refreshed = refusalOf(client.refresh());
    await world.advance(400);
    await world.settle(client.logout());
    expect(await refreshed).toMatchObject({ code: 'superseded' });
    await world.advance(5000);
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'signed_out' });
  });

  test('51 requests that waited are told that nobody is signed in', async () => {
    const { world, server, client } = await begin();
    server.expireAccess();
    server.latency = () => 100;
    const waiting = refusalOf(client.request({ url: '/api/thing' }));
    await world.advance(250);
    void client.logout();
    expect(await world.settle(waiting)).toMatchObject({ kind: 'request', code: 'not_signed_in' });
  });

  test('52 a double click is one request', async () => {
    const { world, server, browser } = scene({ delivery });
    const { client } = browser.tab();
    const both = await world.settle(Promise.all([client.login(RIGHT), client.login({ ...RIGHT })]));
    expect(both[0]).toEqual(both[1]);
    expect(server.count(LOGIN)).toBe(1);
    await world.settle(client.login({ ...RIGHT, username: 'bob' }));
    expect(server.count(LOGIN)).toBe(2);
  });

  test.each<[string, Fault, object]>([
    ['a wrong password', serverError(401, 'invalid_credentials'), { kind: 'request', status: 401 }],
    ['too many tries', serverError(429, 'rate_limited', { retry_after: 9 }), { retryAfter: 9 }],
    ['no network', 'network', { kind: 'transient', code: 'network_error' }],
    ['a captive portal', { status: 200, body: '<html>' }, { code: 'malformed_answer' }],
    [
      'a disabled account',
      serverError(403, 'user_disabled', { until: '2027-01-01T00:00:00Z' }),
      { kind: 'request', code: 'user_disabled', until: '2027-01-01T00:00:00Z' },
    ],
    [
      'a field that is wrong',
      serverError(400, 'invalid_request', { fields: { username: ['too long'] } }),
      { kind: 'request', fields: { username: ['too long'] } },
    ],
  ])('53 a sign-in that fails for %s leaves the session untouched', async (_why, fault, error) => {
    const { world, server, browser, client } = await begin();
    const before = browser.stored('tally.session');
    server.fault = (call) => (call.path === LOGIN ? fault : undefined);
    const given = await world.settle(refusalOf(client.login({ username: 'bob', password: 'x' })));
    expect(given).toMatchObject(error);
    expect(client.state).toMatchObject({ status: 'authenticated', user: { username: 'ada' } });
    expect(browser.stored('tally.session')).toBe(before);
    expect((await world.settle(client.request({ url: '/api/thing' }))).status).toBe(200);
  });

  test('registering makes an account and signs nobody in', async () => {
    const { world, browser } = scene({ delivery });
    const { client } = browser.tab();
    const user = await world.settle(client.register({ username: '虎符', password: 'right' }));
    expect(user.username).toBe('虎符');
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'never' });
    const taken = client.register({ username: 'taken', password: 'right' });
    expect(await world.settle(refusalOf(taken))).toMatchObject({ code: 'username_taken' });
  });

  test('reauthenticating takes the fresh token and does not rotate', async () => {
    const { world, server, browser, client } = await begin();
    await world.settle(client.reauthenticate('right'));
    await world.settle(client.request({ url: '/api/thing' }));
    const call = server.calls.at(-1);
    const carried = call?.headers.authorization ?? call?.cookies.tally_access;
    expect(carried).toContain('SECRET-access-sid1-0-2');
    const wrong = await world.settle(refusalOf(client.reauthenticate('wrong')));
    expect(wrong).toMatchObject({ kind: 'request', code: 'invalid_credentials' });
    expect(client.state.status).toBe('authenticated');
    expect(browser.stored('tally.session')).toContain('sid1');
    expect(server.count(REFRESH)).toBe(0);
  });

  test('a proof through a provider does the same', async () => {
    const { world, server, client } = await begin();
    await world.settle(client.reauthenticateWith('wechat-web', { code: 'right', state: 's' }));
    await world.settle(client.request({ url: '/api/thing' }));
    const call = server.calls.at(-1);
    const carried = call?.headers.authorization ?? call?.cookies.tally_access;
    expect(carried).toContain('SECRET-access-sid1-0-2');
    const wrong = client.reauthenticateWith('wechat-web', { code: 'wrong' });
    expect(await world.settle(refusalOf(wrong))).toMatchObject({ code: 'invalid_credentials' });
    expect(client.state.status).toBe('authenticated');
  });

  test('a session that the server ended is over at the first request', async () => {
    const { world, server, client, tab } = await begin();
    server.end('sid1', 'replaced');
    const error = await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    expect(error).toMatchObject({ kind: 'definite', ended: { reason: 'replaced' } });
    expect(client.state).toMatchObject({
      status: 'anonymous',
      reason: 'replaced',
      detail: {
        ended_at: new Date(server.row('sid1').endedAt).toISOString(),
        by: { device_name: 'another' },
      },
    });
    expect(server.count(REFRESH)).toBe(0);
    expect(tab.only('signedOut')).toHaveLength(1);
    await signIn(world, tab);
    expect(client.state.status).toBe('authenticated');
  });

  test("a provider's code that is sent again after a lost answer comes with the same nonce", async () => {
    const { world, server, browser } = scene({ delivery });
    const { client } = browser.tab();
    for (const code of ['one', 'one', 'two']) {
      server.fault = () => 'lost';
      await world.settle(refusalOf(client.loginWith('wechat-mini', { code })));
    }
    const [first, again, other] = server.calls.map((call) => call.headers['tally-nonce']);
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('55 listeners that throw, or call the client, deadlock nothing', async () => {
    const { world, server, browser } = scene({ delivery });
    const tab = browser.tab();
    const { client } = tab;
    client.subscribe(() => {
      throw new Error('listener');
    });
    client.on('signedIn', () => {
      void client.refresh();
    });
    client.on('refreshed', () => {
      void client.logout();
    });
    await signIn(world, tab);
    await world.advance(2000);
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'signed_out' });
    expect(browser.locked()).toBe(false);
    expect(server.row('sid1').ended).toBe('logged_out');
    expect(tab.only('warning').length).toBeGreaterThan(0);
  });

  test('55 no lock is held while listeners run', async () => {
    const { world, server, browser, client } = await begin();
    const held: boolean[] = [];
    client.on('refreshed', () => held.push(browser.locked()));
    client.on('signedOut', () => held.push(browser.locked()));
    client.on('signedIn', () => held.push(browser.locked()));
    await world.settle(client.refresh());
    server.end('sid1', 'idle');
    await world.settle(refusalOf(client.refresh()));
    await signIn(world, { client });
    expect(held).toEqual([false, false, false]);
  });
});
