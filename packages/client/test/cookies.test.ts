/** Sign-in and sign-out where the browser holds the tokens. */
import { describe, expect, test } from 'vitest';
import { refusalOf, scene, signedIn } from './rig/scene.js';
import { API, signIn } from './rig/browser.js';

const LOGOUT = '/api/auth/logout';

test('61 a cookie sign-out that the server missed is delivered first at the next start', async () => {
  const { world, server, browser, client } = await signedIn({ delivery: 'cookie' });
  server.fault = () => 'network';
  expect(await world.settle(client.logout())).toEqual({ serverConfirmed: false });
  client.dispose();
  expect(browser.jar.tally_csrf).toBeDefined();
  server.fault = () => undefined;
  const before = server.calls.length;
  const again = browser.tab();
  expect(again.client.state).toMatchObject({ status: 'anonymous', reason: 'signed_out' });
  await world.settle(refusalOf(again.client.request({ url: '/api/thing' })));
  expect(server.calls.slice(before).map((call) => call.path)).toEqual([LOGOUT, '/api/thing']);
  const [bye, next] = server.calls.slice(before);
  expect((next?.at ?? 0) - (bye?.at ?? 0)).toBeGreaterThanOrEqual(20);
  expect(server.row('sid1').ended).toBe('logged_out');
  expect(browser.jar).toEqual({});
  expect(browser.stored('tally.logout')).toBeNull();
  expect(again.only('signedIn')).toHaveLength(0);
});

test('61 while the server cannot be told, the cookies speak for nobody', async () => {
  const { world, server, browser, client } = await signedIn({ delivery: 'cookie' });
  server.fault = (call) => (call.path === LOGOUT ? 'network' : undefined);
  await world.settle(client.logout());
  client.dispose();
  const again = browser.tab();
  const error = await world.settle(refusalOf(again.client.request({ url: '/api/thing' })));
  expect(error).toMatchObject({ code: 'token_missing' });
  expect(server.calls.at(-1)?.cookies).toEqual({});
  server.fault = () => undefined;
  again.wake();
  await world.advance(1000);
  expect(server.row('sid1').ended).toBe('logged_out');
  expect(again.client.state.status).toBe('anonymous');
});

test('61 a sign-in after an offline sign-out ends the old session first', async () => {
  const { world, server, browser, client, tab } = await signedIn({ delivery: 'cookie' });
  server.fault = () => 'network';
  await world.settle(client.logout());
  server.fault = () => undefined;
  await signIn(world, tab, 'bob');
  expect(server.row('sid1').ended).toBe('logged_out');
  expect(client.state).toMatchObject({ user: { username: 'bob' } });
  expect(browser.stored('tally.logout')).toBeNull();
  await world.settle(client.request({ method: 'POST', url: '/api/thing' }));
});

test('signing in again ends the session of before, and no tab falls out of the new one', async () => {
  const { world, server, browser, client, tab } = await signedIn({ delivery: 'cookie' });
  const other = browser.tab();
  await world.settle(other.client.ready);
  await signIn(world, tab);
  expect(server.row('sid1').ended).toBe('replaced');
  await world.advance(500);
  for (const each of [client, other.client]) {
    expect((await world.settle(each.request({ method: 'POST', url: '/api/thing' }))).status).toBe(
      200,
    );
    expect(each.state).toMatchObject({ status: 'authenticated', session: { id: 'sid2' } });
  }
  expect(server.row('sid2').ended).toBeNull();
});

test('a browser that keeps no cookies is reported', async () => {
  const { world, server, browser } = scene({ delivery: 'cookie' });
  const tab = browser.tab();
  const handle = server.handle;
  server.handle = (call) => ({ ...handle(call), cookies: {} });
  const refused = await refusalOf(signIn(world, tab));
  expect(refused).toMatchObject({ code: 'cookies_unavailable' });
  await world.flush();
  expect(tab.only('warning')[0]?.data).toMatchObject({ code: 'cookies_unavailable' });
  expect(tab.client.state.status).toBe('anonymous');
});

describe('31 a server of another site', () => {
  const open = async () => {
    const { world, server, browser } = scene({ delivery: 'cookie' });
    const tab = browser.tab({ baseUrl: API });
    await world.settle(tab.client.ready);
    return { world, server, browser, tab, client: tab.client };
  };

  test('whose cookies the browser keeps is signed in to, without a warning', async () => {
    const { world, server, browser, tab, client } = await open();
    await signIn(world, tab);
    expect(client.state).toMatchObject({ status: 'authenticated', user: { username: 'ada' } });
    server.expireAccess();
    await world.settle(client.request({ method: 'POST', url: '/api/thing' }));
    expect(server.count('/api/auth/refresh')).toBe(1);
    expect(tab.only('warning')).toHaveLength(0);
    expect(await world.settle(client.logout())).toEqual({ serverConfirmed: true });
    expect(server.row('sid1').ended).toBe('logged_out');
    expect(browser.apiJar).toEqual({});
  });

  test('whose cookies the browser blocks is not taken for signed in', async () => {
    const { world, browser, tab, client } = await open();
    browser.blocksThirdParties = true;
    const refused = await refusalOf(signIn(world, tab));
    expect(refused).toMatchObject({ code: 'cookies_unavailable', kind: 'request' });
    await world.flush();
    expect(tab.only('warning').map((event) => event.data)).toEqual([
      { code: 'cookies_unavailable' },
    ]);
    expect(tab.only('signedIn')).toHaveLength(0);
    expect(client.state.status).toBe('anonymous');
  });

  test('that still gets the cookies of the sign-in before is not taken for signed in', async () => {
    const { world, browser, tab, client } = await open();
    await signIn(world, tab);
    browser.blocksThirdParties = true;
    const refused = await refusalOf(signIn(world, tab, 'bob'));
    expect(refused).toMatchObject({ code: 'cookies_unavailable' });
    // The sign-in did take place, and ended the session that these cookies are of.
    const over = await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    expect(over).toMatchObject({ code: 'session_ended' });
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'replaced' });
  });

  test.each(['network', { status: 503, body: 'busy' }] as const)(
    'that cannot be asked (%j) has the benefit of the doubt',
    async (fault) => {
      const { world, server, tab, client } = await open();
      server.fault = (call) => (call.path === '/api/auth/sessions' ? fault : undefined);
      await signIn(world, tab);
      expect(client.state.status).toBe('authenticated');
      expect(tab.only('warning')).toHaveLength(0);
    },
  );
});

test('56 a sign-out refused for its CSRF token is sent again with the one of now', async () => {
  const { world, server, browser, client } = await signedIn({ delivery: 'cookie' });
  server.fault = (call) => {
    if (server.count(LOGOUT) > 1 || call.path !== LOGOUT) return undefined;
    server.csrfKey = 'moved';
    browser.jar.tally_csrf = server.csrfOf('sid1');
    return undefined;
  };
  expect(await world.settle(client.logout())).toEqual({ serverConfirmed: true });
  expect(server.count(LOGOUT)).toBe(2);
});

test("36 nothing is sent for the old user once the cookies are the next one's", async () => {
  const { world, server, browser } = scene({ delivery: 'cookie' });
  let answer = (): void => undefined;
  const gate = new Promise<void>((resolve) => (answer = resolve));
  const { options } = browser.tab({ autoStart: false });
  const tab = browser.tab({
    transport: {
      async send(request) {
        const reply = await options.transport.send(request);
        if (String(request.body).includes('bob')) await gate;
        return reply;
      },
    },
  });
  await signIn(world, tab);
  const entering = tab.client.login({ username: 'bob', password: 'right' });
  await world.advance(1000);
  expect(browser.jar.tally_csrf).toContain('sid2');
  for (const method of ['GET', 'POST'])
    expect(await refusalOf(tab.client.request({ method, url: '/api/thing' }))).toMatchObject({
      code: 'session_changed',
    });
  expect(server.count('/api/thing')).toBe(0);
  answer();
  await world.settle(entering);
  expect(tab.client.state).toMatchObject({ user: { username: 'bob' } });
  await world.flush();
  expect(tab.only('userChanged')).toHaveLength(1);
});

test('51 61 a sign-in that was left, with the server out of reach, is ended at the next start', async () => {
  const { world, server, browser } = scene({ delivery: 'cookie' });
  const tab = browser.tab();
  const entering = refusalOf(tab.client.login({ username: 'ada', password: 'right' }));
  await world.advance(15);
  server.fault = () => 'network';
  await world.settle(tab.client.logout());
  expect(await world.settle(entering)).toMatchObject({ code: 'superseded' });
  tab.client.dispose();
  server.fault = () => undefined;
  const again = browser.tab();
  await world.advance(1000);
  expect(again.client.state).toMatchObject({ status: 'anonymous', reason: 'signed_out' });
  expect(server.row('sid1').ended).toBe('logged_out');
});

test('36 cookies of a session nobody told us of are asked about before anything is sent', async () => {
  const { world, server, browser, client, tab } = await signedIn({
    delivery: 'cookie',
    staleMs: 3_600_000,
    bellMs: null,
  });
  await signIn(world, browser.tab(), 'bob');
  const before = server.calls.length;
  const users: string[] = [];
  server.app = (_call, user) => {
    users.push(user);
    return { status: 200, body: 'ok' };
  };
  await world.settle(client.request({ method: 'POST', url: '/api/thing' }));
  expect(server.calls.slice(before).map((call) => call.path)).toEqual([
    '/api/auth/refresh',
    '/api/thing',
  ]);
  expect(users).toEqual(['bob']);
  expect(client.state).toMatchObject({ status: 'authenticated', user: { username: 'bob' } });
  expect(tab.only('userChanged')).toHaveLength(1);
});
