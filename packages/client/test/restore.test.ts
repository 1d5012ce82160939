import { describe, expect, test } from 'vitest';
import { createAuthClient, memoryStorage } from '../src/index.js';
import { DELIVERIES, refusalOf, scene, signedIn } from './rig/scene.js';
import { signIn } from './rig/browser.js';
import { serverError } from './rig/server.js';

const REFRESH = '/api/auth/refresh';

describe.each(DELIVERIES)('restoring, tokens in %s', (delivery) => {
  const begin = (): ReturnType<typeof signedIn> => signedIn({ delivery });

  test('41 a valid session is there at once, without any request', async () => {
    const { world, server, browser, client } = await begin();
    client.dispose();
    const again = browser.tab();
    expect(again.client.state).toMatchObject({ status: 'authenticated', user: { id: 'id-ada' } });
    await world.settle(again.client.ready, 0);
    expect(server.calls).toHaveLength(1);
    expect(again.only('signedIn')).toMatchObject([{ data: { via: 'restore' } }]);
  });

  test('41 44 an expired access token is renewed before anything is shown', async () => {
    const { world, server, browser, client } = await begin();
    client.dispose();
    await world.advance(1_000_000);
    const again = browser.tab();
    const states: string[] = [again.client.state.status];
    again.client.subscribe((state) => states.push(state.status));
    await world.settle(again.client.ready);
    expect(states.filter((state, n) => state !== states[n - 1])).toEqual([
      'restoring',
      'authenticated',
    ]);
    expect(server.count(REFRESH)).toBe(1);
  });

  test('41 an expired session is anonymous, with the reason', async () => {
    const { world, server, browser, client } = await begin();
    client.dispose();
    await world.advance(1_000_000);
    server.end('sid1', 'expired');
    const again = browser.tab();
    await world.settle(again.client.ready);
    expect(again.client.state).toMatchObject({ status: 'anonymous', reason: 'expired' });
    expect(again.only('signedOut')).toHaveLength(1);
    expect(browser.stored('tally.session')).toBeNull();
  });

  test('42 reloaded offline, the shell of the stored user is shown, not the sign-in page', async () => {
    const { world, server, browser, client } = await begin();
    client.dispose();
    await world.advance(1_000_000);
    server.fault = () => 'network';
    const again = browser.tab();
    await world.settle(again.client.ready);
    expect(again.client.state).toMatchObject({ status: 'degraded', user: { username: 'ada' } });
    expect(again.names()).toEqual(['signedIn', 'degraded']);
    server.fault = () => undefined;
    again.wake();
    await world.advance(1000);
    expect(again.client.state.status).toBe('authenticated');
  });

  test('43 ready settles within 4 s while the server hangs', async () => {
    const { world, server, browser, client } = await begin();
    client.dispose();
    await world.advance(1_000_000);
    server.fault = () => 'hang';
    const began = world.now();
    const again = browser.tab();
    await world.settle(again.client.ready);
    expect(world.now() - began).toBe(4000);
    expect(again.client.state.status).toBe('degraded');
  });

  test('nothing stored is anonymous at once', async () => {
    const { world, server, browser } = scene({ delivery });
    const tab = browser.tab();
    expect(tab.client.state).toEqual({ status: 'anonymous', reason: 'never', detail: null });
    await world.settle(tab.client.ready, 0);
    expect(server.calls).toHaveLength(0);
    expect(tab.names()).toEqual([]);
  });

  test('without autoStart nothing happens until something is asked for', async () => {
    const { world, server, browser, client } = await begin();
    client.dispose();
    const again = browser.tab({ autoStart: false });
    await world.advance(10_000);
    expect(again.client.state).toEqual({ status: 'init' });
    await world.settle(again.client.request({ url: '/api/thing' }));
    expect(again.client.state.status).toBe('authenticated');
    expect(server.count(REFRESH)).toBe(0);
  });

  test('a request made while restoring waits and carries the token', async () => {
    const { world, server, browser, client } = await begin();
    client.dispose();
    await world.advance(1_000_000);
    const again = browser.tab();
    const answer = await world.settle(again.client.request({ url: '/api/thing' }));
    expect(answer.status).toBe(200);
    expect(server.count('/api/thing')).toBe(1);
  });
});

test.each([
  ['corrupt JSON', '{"v":1,', 'storage_corrupt'],
  ['no object', '7', 'storage_corrupt'],
  ['a record without tokens', '{"v":1,"ttl":1,"receivedAt":1}', 'storage_corrupt'],
  ['another schema', '{"v":9,"x":1}', 'storage_schema'],
])('41 %s in storage is anonymous, with a warning', async (_what, raw, code) => {
  const { world, browser, client } = await signedIn();
  client.dispose();
  browser.put('tally.session', raw);
  const again = browser.tab();
  await world.settle(again.client.ready);
  expect(again.client.state).toMatchObject({ status: 'anonymous', reason: 'never' });
  expect(again.only('warning')).toMatchObject([{ data: { code } }]);
});

test('a cookie session whose user is not known here is asked for', async () => {
  const { world, server, browser, client } = await signedIn({ delivery: 'cookie' });
  client.dispose();
  browser.put('tally.session', null);
  const again = browser.tab();
  expect(again.client.state.status).toBe('restoring');
  await world.settle(again.client.ready);
  expect(again.client.state).toMatchObject({ status: 'authenticated', user: { username: 'ada' } });
  expect(server.count(REFRESH)).toBe(1);
});

test('a cookie session whose user cannot be asked for is anonymous until it can', async () => {
  const { world, server, browser, client } = await signedIn({ delivery: 'cookie' });
  client.dispose();
  browser.put('tally.session', null);
  server.fault = () => 'network';
  const again = browser.tab();
  await world.settle(again.client.ready);
  expect(again.client.state).toMatchObject({ status: 'anonymous', reason: 'unreachable' });
  server.fault = () => undefined;
  await world.advance(70_000);
  expect(again.client.state).toMatchObject({ status: 'authenticated' });
  expect(again.names()).toEqual(['signedIn']);
});

test.each(['set', 'get', 'remove'] as const)(
  '54 storage whose %s fails is replaced by memory',
  async (broken) => {
    const { world, server, browser } = scene();
    const storage = memoryStorage();
    let full = false;
    const tab = browser.tab({
      storage: {
        ...storage,
        [broken](...args: [string, string]) {
          if (full) throw new Error('QuotaExceededError');
          return storage[broken](...args);
        },
      },
    });
    await signIn(world, tab);
    full = true;
    await world.settle(tab.client.refresh());
    await world.settle(tab.client.refresh());
    expect(tab.client.state).toMatchObject({ status: 'authenticated', session: { generation: 2 } });
    expect(server.row('sid1').ended).toBeNull();
    await world.settle(tab.client.logout());
    expect(tab.only('warning')).toMatchObject([{ data: { code: 'storage_unavailable' } }]);
    tab.wake();
    expect(tab.client.state.status).toBe('anonymous');
    full = false;
    if (broken !== 'remove') expect(storage.get('tally.session')).toBeNull();
  },
);

test('54 blocked storage is memory from the start', async () => {
  const { world, browser } = scene();
  const no = (): never => {
    throw new Error('SecurityError');
  };
  const tab = browser.tab({ storage: { get: no, set: no, remove: no } });
  await signIn(world, tab);
  expect(tab.client.state.status).toBe('authenticated');
  expect(tab.only('warning')).toMatchObject([{ data: { code: 'storage_unavailable' } }]);
  await world.settle(tab.client.refresh());
});

test('58 two clients in one process share nothing', async () => {
  const { world, browser } = scene();
  const { env } = browser.tab({ autoStart: false });
  const make = (): ReturnType<typeof browser.tab> => browser.tab({ storage: memoryStorage(), env });
  const [one, two] = [make(), make()];
  await Promise.all([signIn(world, one, 'ada'), signIn(world, two, 'bob')]);
  expect(one.client.state).toMatchObject({ user: { username: 'ada' } });
  expect(two.client.state).toMatchObject({ user: { username: 'bob' } });
  expect(typeof createAuthClient).toBe('function');
});

describe.each(DELIVERIES)('disposing, tokens in %s', (delivery) => {
  test('59 leaves no timers, listeners or channels', async () => {
    const { world, tab, client, browser } = await signedIn({ delivery });
    const other = browser.tab();
    await world.settle(other.client.ready);
    other.client.dispose();
    client.dispose();
    await world.flush();
    expect(world.timers()).toBe(0);
    expect(tab.wakers.size).toBe(0);
    expect(other.wakers.size).toBe(0);
  });

  test('59 settles whatever waits, and everything asked for later', async () => {
    const { world, server, browser, client } = await signedIn({ delivery });
    server.expireAccess();
    server.fault = (call) => (call.path === '/api/open' ? undefined : 'hang');
    const waiting = [
      refusalOf(client.request({ url: '/api/open' })),
      refusalOf(client.request({ url: '/api/hang' })),
      refusalOf(client.refresh()),
      refusalOf(client.login({ username: 'bob', password: 'right' })),
    ];
    await world.advance(300);
    client.dispose();
    for (const error of await Promise.all(waiting))
      expect((error as { code: string }).code).toMatch(/^(disposed|superseded)$/);
    await world.flush();
    expect(browser.locked()).toBe(false);
    expect(await refusalOf(client.request({ url: '/api/x' }))).toMatchObject({ code: 'disposed' });
    expect(await refusalOf(client.refresh())).toMatchObject({ code: 'disposed' });
    expect(await refusalOf(client.login({ username: 'x', password: 'y' }))).toMatchObject({
      code: 'disposed',
    });
    expect(world.timers()).toBe(0);
  });

  test('59 during start settles ready', async () => {
    const { world, server, browser, client } = await signedIn({ delivery });
    client.dispose();
    await world.advance(1_000_000);
    server.fault = () => 'hang';
    const again = browser.tab();
    again.client.dispose();
    await again.client.ready;
    expect(world.timers()).toBe(0);
    expect(serverError(500, 'x').status).toBe(500);
  });
});

test('59 a sign-out on its way is not called back by dispose', async () => {
  const { world, server, client } = await signedIn();
  const left = client.logout();
  client.dispose();
  expect(await left).toEqual({ serverConfirmed: false });
  await world.advance(100);
  expect(server.row('sid1').ended).toBe('logged_out');
});

test('cookies ahead of the record are not trusted to be fresh', async () => {
  const { world, server, browser, client } = await signedIn({ delivery: 'cookie' });
  const record = browser.stored('tally.session');
  await world.settle(client.refresh());
  client.dispose();
  browser.put('tally.session', record);
  const again = browser.tab();
  expect(again.client.state.status).toBe('restoring');
  await world.settle(again.client.ready);
  expect(server.count(REFRESH)).toBe(2);
  expect(again.client.state).toMatchObject({ status: 'authenticated', session: { generation: 2 } });
});
