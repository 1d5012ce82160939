/** What happens when the shared store is newer, older, gone, or somebody else's. */
import { expect, test } from 'vitest';
import { refusalOf, signedIn, tabsOf } from './rig/scene.js';

const REFRESH = '/api/auth/refresh';

test('40 the record of a newer version is left alone by this one', async () => {
  const { world, server, browser, client, tab } = await signedIn();
  const newer = JSON.stringify({ v: 2, whatever: true });
  browser.put('tally.session', newer);
  tab.wake();
  await world.settle(client.refresh());
  await world.settle(client.request({ url: '/api/thing' }));
  expect(client.state.status).toBe('authenticated');
  expect(browser.stored('tally.session')).toBe(newer);
  expect(tab.only('warning')).toHaveLength(1);
  server.end('sid1', 'kicked');
  await world.settle(refusalOf(client.request({ url: '/api/thing' })));
  expect(browser.stored('tally.session')).toBe(newer);
});

test('40 a signal of a newer version, or of another session, is no more than a bell', async () => {
  const { world, browser } = await signedIn();
  const posted: unknown[] = [];
  let ring = (_signal: never): void => undefined;
  const other = browser.tab({
    coordinator: {
      acquire: () => Promise.resolve(null),
      post: (signal) => posted.push(signal),
      subscribe(listener) {
        ring = listener as typeof ring;
        return () => undefined;
      },
      close: () => undefined,
    },
  });
  await world.settle(other.client.ready);
  const gone = { v: 1, type: 'signedOut', reason: 'signed_out', detail: null };
  for (const signal of [
    { ...gone, v: 2, sid: 'sid1' },
    { ...gone, sid: 'another' },
    'text',
    7,
    { v: 1 },
  ])
    ring(signal as never);
  await world.advance(100);
  expect(other.client.state.status).toBe('authenticated');
});

test('56 a CSRF cookie rotated by another tab costs one silent retry', async () => {
  const { world, server, browser, client } = await signedIn({ delivery: 'cookie' });
  server.latency = () => 100;
  const sent = client.request({ method: 'POST', url: '/api/thing' });
  await world.advance(50);
  const old = browser.jar.tally_csrf;
  server.csrfKey = 'moved';
  const moved = (browser.jar.tally_csrf = server.csrfOf('sid1'));
  expect((await world.settle(sent)).status).toBe(200);
  expect(old).not.toBe(moved);
  expect(server.count('/api/thing')).toBe(2);
  expect(server.count(REFRESH)).toBe(0);
});

test('56 a CSRF refusal that repeats is surfaced', async () => {
  const { world, server, client } = await signedIn({ delivery: 'cookie' });
  server.fault = () => ({ status: 403, body: { code: 'csrf_failed', message: 'no' } });
  const error = await world.settle(refusalOf(client.request({ method: 'POST', url: '/api/x' })));
  expect(error).toMatchObject({ kind: 'request', code: 'csrf_failed' });
  expect(server.count('/api/x')).toBe(2);
});

test('cookies that moved on between reading and sending are followed', async () => {
  const { world, server, browser, tabs } = await tabsOf(2, { delivery: 'cookie', locks: 'null' });
  const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
  const readable = browser.jar.tally_csrf;
  await world.settle(a.client.refresh());
  // The refresh cookie is generation 1 already, the readable one still says 0 to tab B.
  const moved = browser.jar.tally_csrf as string;
  browser.jar.tally_csrf = readable as string;
  server.fault = () => {
    browser.jar.tally_csrf = moved;
    return undefined;
  };
  await world.settle(b.client.refresh());
  expect(server.row('sid1').ended).toBeNull();
  expect(b.client.state.status).toBe('authenticated');
});

test('35 with no bell, a logout elsewhere is found before a late refresh is stored', async () => {
  const { world, server, browser, tabs } = await tabsOf(2, { bellMs: null });
  const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
  server.latency = () => 200;
  const refreshed = refusalOf(b.client.refresh());
  await world.advance(250);
  server.latency = () => 5;
  await world.settle(a.client.logout());
  expect(await world.settle(refreshed)).toMatchObject({ code: 'superseded' });
  expect(browser.stored('tally.session')).toBeNull();
  expect(b.client.state).toMatchObject({ status: 'anonymous', reason: 'signed_out_elsewhere' });
});

test('56 a refresh refused for its CSRF token is sent again with the one of now', async () => {
  const { world, server, browser, client } = await signedIn({ delivery: 'cookie' });
  let refusals = 0;
  server.fault = (call) => {
    if (call.path !== REFRESH || refusals++ > 0) return undefined;
    server.csrfKey = 'moved';
    browser.jar.tally_csrf = server.csrfOf('sid1');
    return undefined;
  };
  await world.settle(client.refresh());
  expect(server.calls.at(-1)?.headers['x-csrf-token']).toBe('sid1.0.SECRETmacmovedsid1');
  expect(client.state).toMatchObject({ status: 'authenticated', session: { generation: 1 } });
});

test('a refresh called stale once, with nothing newer in sight, gets one more look', async () => {
  const { world, server, client } = await signedIn({ delivery: 'cookie' });
  let refusals = 0;
  server.fault = (call) =>
    call.path === REFRESH && refusals++ === 0
      ? { status: 409, body: { code: 'refresh_stale' } }
      : undefined;
  await world.settle(client.refresh());
  expect(client.state).toMatchObject({ status: 'authenticated', session: { generation: 1 } });
});

test('a refresh that fails here while another tab succeeds is no failure', async () => {
  const { world, server, tabs } = await tabsOf(2, { locks: 'null' });
  const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
  let first = true;
  server.fault = (call) => {
    if (call.path !== REFRESH || !first) return undefined;
    first = false;
    return 'network';
  };
  server.latency = () => 300;
  const failing = b.client.refresh();
  await world.advance(100);
  server.latency = () => 10;
  await world.settle(a.client.refresh());
  await world.settle(failing);
  expect(b.client.state).toMatchObject({ status: 'authenticated', session: { generation: 1 } });
  expect(b.only('degraded')).toHaveLength(0);
});

test('an older generation put back by a slower tab is corrected', async () => {
  const { world, browser, client, tab } = await signedIn();
  const older = browser.stored('tally.session');
  await world.settle(client.refresh());
  const newer = browser.stored('tally.session');
  browser.put('tally.session', older);
  tab.wake();
  expect(browser.stored('tally.session')).toBe(newer);
});

test('the cookies of a session that the server ended are not asked about again', async () => {
  const { world, server, client, tab } = await signedIn({ delivery: 'cookie' });
  server.end('sid1', 'kicked');
  await world.settle(refusalOf(client.request({ url: '/api/thing' })));
  tab.wake();
  await world.advance(100_000);
  expect(server.count(REFRESH)).toBe(0);
  expect(client.state).toMatchObject({ status: 'anonymous', reason: 'kicked' });
});

test('the cookies of an unknown session are not used in the name of the known user', async () => {
  const { world, server, browser, client, tab } = await signedIn({ delivery: 'cookie' });
  const record = browser.stored('tally.session');
  const other = browser.tab();
  await world.settle(other.client.login({ username: 'bob', password: 'right' }));
  client.dispose();
  tab.client.dispose();
  browser.put('tally.session', record);
  const late = browser.tab();
  await world.settle(late.client.ready);
  expect(late.client.state).toMatchObject({ user: { username: 'bob' } });
  expect(server.row('sid2').ended).toBeNull();
});
