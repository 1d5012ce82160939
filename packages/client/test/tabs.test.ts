import { describe, expect, test } from 'vitest';
import { DELIVERIES, refusalOf, scene, signedIn, tabsOf } from './rig/scene.js';
import { signIn } from './rig/browser.js';
import type { Coordinator } from '../src/index.js';

const REFRESH = '/api/auth/refresh';

describe.each(DELIVERIES)('tabs, tokens in %s', (delivery) => {
  test('29 eight tabs whose token expires together make one refresh, for sixty rounds', async () => {
    const { world, server, tabs } = await tabsOf(8, { delivery, staleMs: 30 });
    for (let round = 1; round <= 60; round++) {
      server.expireAccess();
      const all = tabs.map((tab) => tab.client.request({ url: '/api/thing' }));
      await world.settle(Promise.all(all));
      expect(server.count(REFRESH)).toBe(round);
      await world.advance(11_000);
    }
    expect(server.row('sid1').ended).toBeNull();
  });

  test('tokens of before a password change make one refresh, and sign no tab out', async () => {
    const { world, server, tabs } = await tabsOf(8, { delivery, staleMs: 30 });
    server.row('sid1').proof++;
    const all = tabs.map((tab) => tab.client.request({ url: '/api/thing' }));
    const answers = await world.settle(Promise.all(all));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200));
    expect(server.count(REFRESH)).toBe(1);
    for (const tab of tabs) {
      expect(tab.client.state.status).toBe('authenticated');
      expect(tab.only('signedOut')).toHaveLength(0);
    }
    expect(server.row('sid1').ended).toBeNull();
  });

  test('other tabs go on with the token of who proved again who it is, and leave it fresh', async () => {
    const { world, server, tabs } = await tabsOf(3, { delivery, staleMs: 30 });
    const [proving, ...others] = tabs as [(typeof tabs)[0], ...typeof tabs];
    await world.settle(proving.client.reauthenticate('right'));
    await world.advance(100);
    for (const tab of [...others, proving]) {
      const answer = await world.settle(tab.client.request({ url: '/api/thing' }));
      expect(answer.status).toBe(200);
      expect(tab.only('signedOut')).toHaveLength(0);
    }
    expect(server.count(REFRESH)).toBe(0);
  });

  test('a request that was on its way meanwhile is sent again, and signs nobody out', async () => {
    const { world, server, tabs } = await tabsOf(2, { delivery, staleMs: 30 });
    const [proving, other] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    // This one travels for longer than proving takes.
    server.latency = () => 400;
    const late = other.client.request({ url: '/api/thing' });
    await world.advance(1);
    server.latency = () => 10;
    await world.settle(proving.client.reauthenticate('right'));
    expect((await world.settle(late)).status).toBe(200);
    expect(server.count('/api/thing')).toBe(2);
    expect(server.count(REFRESH)).toBe(delivery === 'body' ? 0 : 1);
    for (const tab of tabs) expect(tab.client.state.status).toBe('authenticated');
  });

  test('28 29 eight tabs that were offline over the expiry make one refresh when they are back', async () => {
    const { world, server, tabs } = await tabsOf(8, { delivery, staleMs: 30 });
    server.fault = () => 'network';
    await world.advance(1_000_000);
    for (const tab of tabs) expect(tab.client.state.status).toBe('degraded');
    const before = server.calls.length;
    server.fault = () => undefined;
    for (const tab of tabs) {
      tab.wake();
      await world.advance(120);
    }
    await world.advance(90_000);
    const asked = server.calls.slice(before).filter(({ path }) => path === REFRESH);
    expect(asked).toHaveLength(1);
    for (const tab of tabs) expect(tab.client.state.status).toBe('authenticated');
  });

  test.each(['missing', 'throwing', 'null', 'never'] as const)(
    '30 31 with locks that are %s, eight tabs keep their session over sixty rounds',
    async (locks) => {
      const { world, server, tabs } = await tabsOf(8, { delivery, locks, staleMs: 40 });
      for (let round = 1; round <= 60; round++) {
        server.expireAccess();
        server.latency = () => 5 + Math.floor(world.random() * 60);
        const all = tabs.map((tab) => tab.client.request({ url: '/api/thing' }));
        const answers = await world.settle(Promise.all(all));
        expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200));
        await world.advance(12_000);
      }
      expect(server.row('sid1').ended).toBeNull();
      for (const tab of tabs) expect(tab.only('signedOut')).toHaveLength(0);
    },
  );

  test('31 a lock that is never granted is waited for 8 s, then done without', async () => {
    const { world, server, tabs } = await tabsOf(1, { delivery, locks: 'never' });
    const began = world.now();
    await world.settle((tabs[0] as (typeof tabs)[0]).client.refresh());
    expect(world.now() - began).toBeGreaterThanOrEqual(8000);
    expect(world.now() - began).toBeLessThan(8200);
    expect(server.count(REFRESH)).toBe(1);
  });

  test('32 a lock whose holder was closed mid-refresh is waited for 8 s at most', async () => {
    const { world, server, tabs } = await tabsOf(2, { delivery });
    const [closed, alive] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    server.latency = () => 50;
    server.expireAccess();
    void closed.client.refresh();
    await world.advance(60);
    closed.freeze();
    const began = world.now();
    expect((await world.settle(alive.client.request({ url: '/api/thing' }))).status).toBe(200);
    expect(world.now() - began).toBeLessThan(9000);
    expect(server.row('sid1').ended).toBeNull();
  });

  test('33 a holder that wakes up after the others went on finds its way back', async () => {
    for (const frozenFor of [500, 9000, 30_000, 3_600_000]) {
      const { world, server, tabs } = await tabsOf(2, { delivery });
      const [frozen, alive] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
      server.latency = () => 50;
      server.expireAccess();
      const old = frozen.client.refresh().catch(() => undefined);
      await world.advance(60);
      frozen.freeze();
      for (let round = 0; round < 3; round++) {
        if (round > 0) server.expireAccess();
        await world.settle(alive.client.request({ url: '/api/thing' }));
        await world.advance(frozenFor / 3);
      }
      await frozen.thaw();
      await world.settle(old);
      await world.settle(frozen.client.request({ url: '/api/thing' }));
      expect(frozen.client.state.status).toBe('authenticated');
      expect(frozen.client.state).toMatchObject({
        session: { generation: server.row('sid1').generation },
      });
      expect(server.row('sid1').ended).toBeNull();
    }
  });

  test('34 logout in one tab signs the others out within a second', async () => {
    const { world, browser, tabs } = await tabsOf(3, { delivery });
    void tabs[0]?.client.logout();
    await world.advance(900);
    for (const tab of tabs.slice(1)) {
      expect(tab.client.state).toMatchObject({
        status: 'anonymous',
        reason: 'signed_out_elsewhere',
      });
      expect(tab.only('signedOut')).toHaveLength(1);
    }
    expect(browser.stored('tally.session')).toBeNull();
  });

  test('34 the others are told why before the store shows that', async () => {
    const { world, server, browser } = scene({ delivery });
    const { options } = browser.tab({ autoStart: false });
    const told: [type: string, kept: boolean][] = [];
    const tab = browser.tab({
      coordinator: {
        ...options.coordinator,
        post(signal) {
          told.push([signal.type, browser.stored('tally.session') !== null]);
        },
      },
    });
    await signIn(world, tab);
    server.end('sid1', 'kicked');
    await world.settle(refusalOf(tab.client.request({ url: '/api/thing' })));
    expect(told.at(-1)).toEqual(['signedOut', true]);
    expect(browser.stored('tally.session')).toBeNull();
  });

  test('34 a store that is faster than the bell does not hide why', async () => {
    const { world, server, browser } = scene({ delivery, bellMs: 30 });
    const first = browser.tab();
    await signIn(world, first);
    let heard: Parameters<Coordinator['subscribe']>[0] = () => undefined;
    const { options } = browser.tab({ autoStart: false });
    const second = browser.tab({
      coordinator: {
        ...options.coordinator,
        subscribe(listener) {
          heard = listener;
          return options.coordinator.subscribe(listener);
        },
      },
    });
    server.end('sid1', 'kicked');
    await world.settle(refusalOf(first.client.request({ url: '/api/thing' })));
    heard(null);
    await world.advance(100);
    expect(second.client.state).toMatchObject({ status: 'anonymous', reason: 'kicked' });
  });

  test('34 a refresh under way elsewhere is given up at once', async () => {
    const { world, server, tabs } = await tabsOf(2, { delivery });
    const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    server.latency = () => 3000;
    const refreshed = refusalOf(b.client.refresh());
    await world.flush();
    void a.client.logout();
    const began = world.now();
    expect(await world.settle(refreshed)).toMatchObject({ code: 'superseded' });
    expect(world.now() - began).toBeLessThan(100);
  });

  test('34 the reason the server gave one tab is told to the others', async () => {
    const { world, server, tabs } = await tabsOf(2, { delivery });
    server.end('sid1', 'kicked');
    await world.settle(refusalOf((tabs[0] as (typeof tabs)[0]).client.request({ url: '/api/x' })));
    await world.advance(100);
    expect(tabs[1]?.client.state).toMatchObject({
      reason: 'kicked',
      detail: { by: { device_name: 'another' } },
    });
  });

  test('35 logout in A while B refreshes: the result is discarded and the storage stays empty', async () => {
    for (const wait of [5, 15, 45, 105, 155, 205]) {
      const { world, server, browser, tabs } = await tabsOf(2, { delivery, staleMs: 30 });
      const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
      server.latency = () => 100;
      const refreshed = b.client.refresh().catch(() => undefined);
      await world.advance(wait);
      const left = a.client.logout();
      await world.settle(Promise.all([refreshed, left]));
      await world.advance(2000);
      expect(browser.stored('tally.session')).toBeNull();
      for (const tab of tabs) expect(tab.client.state.status).toBe('anonymous');
      expect(server.row('sid1').ended).toBe('logged_out');
      await world.advance(100_000);
      for (const tab of tabs) expect(tab.client.state.status).toBe('anonymous');
    }
  });

  test('36 a sign-in as somebody else in A changes the user in B, and no tokens mix', async () => {
    const { world, server, tabs } = await tabsOf(2, { delivery, staleMs: 30 });
    const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    await signIn(world, a, 'bob');
    await world.advance(200);
    expect(b.only('userChanged')).toEqual([
      { name: 'userChanged', data: { user: expect.anything(), previous: expect.anything() } },
    ]);
    expect(b.client.state).toMatchObject({ user: { username: 'bob' }, session: { id: 'sid2' } });
    let seen = '';
    server.app = (_call, user) => {
      seen = user;
      return { status: 200, body: 'ok' };
    };
    await world.settle(b.client.request({ method: 'POST', url: '/api/thing' }));
    expect(seen).toBe('bob');
  });

  test('36 a request of the old user is not replayed for the new one', async () => {
    const { world, server, tabs } = await tabsOf(2, { delivery });
    const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    server.expireAccess();
    server.latency = () => 200;
    const users: string[] = [];
    server.app = (_call, user) => {
      users.push(user);
      return { status: 200, body: 'ok' };
    };
    const old = refusalOf(b.client.request({ method: 'POST', url: '/api/transfer' }));
    await world.flush();
    server.latency = () => 5;
    await signIn(world, a, 'bob');
    const error = await world.settle(old);
    expect(error).toMatchObject({ kind: 'request', code: 'session_changed' });
    expect(users).toEqual([]);
  });

  test('36 with no bell at all, B notices before its next request', async () => {
    const { world, server, tabs } = await tabsOf(2, { delivery, bellMs: null });
    const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    await signIn(world, a, 'bob');
    let seen = '';
    server.app = (_call, user) => {
      seen = user;
      return { status: 200, body: 'ok' };
    };
    await world.settle(b.client.request({ method: 'POST', url: '/api/thing' }));
    expect(seen).toBe('bob');
    expect(b.client.state).toMatchObject({ user: { username: 'bob' } });
  });

  test('34 with no bell at all, B notices a logout before its next request', async () => {
    const { world, tabs } = await tabsOf(2, { delivery, bellMs: null });
    await world.settle((tabs[0] as (typeof tabs)[0]).client.logout());
    tabs[1]?.wake();
    expect(tabs[1]?.client.state).toMatchObject({ reason: 'signed_out_elsewhere' });
  });

  test('38 storage cleared by the user makes anonymous and throws nothing', async () => {
    const { world, browser, tabs } = await tabsOf(1, { delivery });
    const tab = tabs[0] as (typeof tabs)[0];
    for (const key of ['session', 'device', 'pause', 'logout']) browser.put(`tally.${key}`, null);
    for (const name of Object.keys(browser.jar)) Reflect.deleteProperty(browser.jar, name);
    tab.wake();
    await world.advance(100);
    expect(tab.client.state).toMatchObject({ status: 'anonymous', reason: 'storage_cleared' });
    expect(tab.only('signedOut')).toHaveLength(1);
  });

  test("a tab that was never told finds another tab's refresh in the store", async () => {
    const { world, server, tabs } = await tabsOf(2, { delivery, bellMs: null });
    const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    await world.settle(a.client.refresh());
    await world.settle(b.client.refresh());
    await world.settle(b.client.request({ url: '/api/thing' }));
    expect(server.row('sid1').ended).toBeNull();
    expect(b.client.state).toMatchObject({ session: { generation: 2 } });
  });
});

test('31 a lock granted after it was given up is let go at once', async () => {
  const { world, browser } = await signedIn();
  let released = 0;
  const tab = browser.tab({
    coordinator: {
      acquire: () =>
        new Promise((resolve) => {
          world.later(9000, () => {
            resolve({ contended: true, release: () => released++ });
          });
        }),
      post: () => undefined,
      subscribe: () => () => undefined,
      close: () => undefined,
    },
  });
  await world.settle(tab.client.refresh());
  expect(released).toBe(0);
  await world.advance(1000);
  expect(released).toBe(1);
});
