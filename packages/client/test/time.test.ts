import { describe, expect, test } from 'vitest';
import { DELIVERIES, refusalOf, scene, signedIn } from './rig/scene.js';
import { signIn } from './rig/browser.js';
import { serverError } from './rig/server.js';

const REFRESH = '/api/auth/refresh';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe.each(DELIVERIES)('time, tokens in %s', (delivery) => {
  const begin = (): ReturnType<typeof signedIn> => signedIn({ delivery });

  test('20 the proactive refresh fires at its lead, once', async () => {
    const { world, server } = await begin();
    await world.advance(839_000);
    expect(server.count(REFRESH)).toBe(0);
    await world.advance(2000);
    expect(server.count(REFRESH)).toBe(1);
    await world.advance(800_000);
    expect(server.count(REFRESH)).toBe(1);
  });

  test('21 a lifetime of 10 s does not loop', async () => {
    const { world, server, browser } = scene({ delivery });
    server.accessTtl = 10;
    const tab = browser.tab();
    await signIn(world, tab);
    await world.advance(60_000);
    expect(server.count(REFRESH)).toBeGreaterThanOrEqual(10);
    expect(server.count(REFRESH)).toBeLessThanOrEqual(13);
    expect(tab.client.state.status).toBe('authenticated');
  });

  test('22 a lifetime of 60 days overflows no timer', async () => {
    const { world, server, browser } = scene({ delivery });
    server.accessTtl = (60 * DAY) / 1000;
    server.refreshTtl = server.sessionTtl = (90 * DAY) / 1000;
    await signIn(world, browser.tab());
    await world.advance(59.9 * DAY);
    expect(server.count(REFRESH)).toBe(0);
    await world.advance(0.2 * DAY);
    expect(server.count(REFRESH)).toBe(1);
  });

  test('23 after three hours of sleep there is one refresh before the first request', async () => {
    const { world, server, client, tab } = await begin();
    world.sleep(3 * HOUR);
    tab.page.slept = 3 * HOUR;
    tab.wake();
    await world.settle(client.request({ url: '/api/thing' }));
    const after = server.calls.slice(1).map((call) => call.path);
    expect(after).toEqual([REFRESH, '/api/thing']);
  });

  test('23 even if nothing tells that the machine woke', async () => {
    const { world, server, client, tab } = await begin();
    world.sleep(3 * HOUR);
    tab.page.slept = 3 * HOUR;
    await Promise.all(
      [1, 2, 3].map((n) => world.settle(client.request({ url: `/api/thing${n}` }))),
    );
    expect(server.calls[1]?.path).toBe(REFRESH);
    expect(server.count(REFRESH)).toBe(1);
  });

  test.each([
    ['an hour fast', HOUR],
    ['an hour slow', -HOUR],
    ['ten years fast', 3650 * DAY],
  ])('24 a clock that is %s neither loops nor signs out', async (_how, skew) => {
    const { world, server, browser } = scene({ delivery });
    const tab = browser.tab();
    tab.page.skew = skew;
    await signIn(world, tab);
    await world.advance(HOUR);
    expect(server.count(REFRESH)).toBe(4);
    expect(tab.client.state.status).toBe('authenticated');
    tab.client.dispose();
    const again = browser.tab();
    again.page.skew = skew;
    await world.settle(again.client.ready);
    await world.advance(HOUR);
    expect(server.count(REFRESH)).toBeLessThanOrEqual(10);
    expect(again.client.state.status).toBe('authenticated');
  });

  test.each([HOUR, -HOUR, 3650 * DAY, -3650 * DAY])(
    '25 a clock that jumps by %i ms mid-session costs at most one refresh',
    async (jump) => {
      const { world, server, client, tab } = await begin();
      await world.advance(100_000);
      tab.page.skew = jump;
      tab.wake();
      for (let n = 0; n < 5; n++) {
        await world.settle(client.request({ url: '/api/thing' }));
        await world.advance(20_000);
      }
      expect(server.count(REFRESH)).toBeLessThanOrEqual(1);
      expect(client.state.status).toBe('authenticated');
      await world.advance(HOUR);
      expect(server.count(REFRESH)).toBeLessThanOrEqual(6);
      expect(tab.only('signedOut')).toHaveLength(0);
    },
  );

  test('26 a background tab does not refresh; when looked at it does', async () => {
    const { world, server, client, tab } = await begin();
    tab.page.visible = false;
    await world.advance(2 * HOUR);
    tab.wake();
    await world.flush();
    expect(server.count(REFRESH)).toBe(0);
    tab.page.visible = true;
    tab.wake();
    await world.advance(1000);
    expect(server.count(REFRESH)).toBe(1);
    expect(client.state.status).toBe('authenticated');
  });

  test('27 while refreshing fails, requests with a valid token succeed', async () => {
    const { world, server, client, tab } = await begin();
    server.fault = (call) => (call.path === REFRESH ? serverError(503, 'x') : undefined);
    await world.advance(850_000);
    expect(client.state.status).toBe('degraded');
    expect((await world.settle(client.request({ url: '/api/thing' }))).status).toBe(200);
    server.fault = () => undefined;
    await world.advance(70_000);
    expect(client.state.status).toBe('authenticated');
    expect(tab.names()).toEqual(['signedIn', 'degraded', 'refreshed', 'recovered']);
  });

  test('28 offline at expiry is degraded; online recovers with one refresh', async () => {
    const { world, server, client, tab } = await begin();
    server.fault = () => 'network';
    await world.advance(HOUR);
    expect(client.state).toMatchObject({ status: 'degraded', user: { username: 'ada' } });
    const error = await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    expect(error).toMatchObject({ kind: 'transient' });
    const before = server.count(REFRESH);
    server.fault = () => undefined;
    tab.wake();
    tab.wake();
    await world.advance(500);
    expect(client.state.status).toBe('authenticated');
    expect(server.count(REFRESH)).toBe(before + 1);
    expect(tab.only('recovered')).toHaveLength(1);
  });

  test('17 a 429 with Retry-After is honoured, and shared by the tabs', async () => {
    const { world, server, browser, client } = await begin();
    const other = browser.tab();
    await world.settle(other.client.ready);
    server.fault = (call) =>
      call.path === REFRESH ? serverError(429, 'rate_limited', { retry_after: 30 }) : undefined;
    const error = await world.settle(refusalOf(client.refresh()));
    expect(error).toMatchObject({ kind: 'transient', code: 'rate_limited', retryAfter: 30 });
    const told = await world.settle(refusalOf(other.client.refresh()));
    expect(told).toMatchObject({ kind: 'transient', code: 'refresh_postponed' });
    await world.advance(29_000);
    expect(server.count(REFRESH)).toBe(1);
    server.fault = () => undefined;
    await world.advance(5000);
    expect(client.state.status).toBe('authenticated');
    expect(other.client.state.status).toBe('authenticated');
    expect(server.count(REFRESH)).toBe(2);
  });

  test('17 a pause does not become years when the clock is set back', async () => {
    const { world, server, client, tab } = await begin();
    server.fault = (call) =>
      call.path === REFRESH ? serverError(429, 'rate_limited', { retry_after: 30 }) : undefined;
    await world.settle(refusalOf(client.refresh()));
    server.fault = () => undefined;
    tab.page.skew = -3650 * DAY;
    await world.advance(32_000);
    expect(client.state).toMatchObject({ status: 'authenticated', session: { generation: 1 } });
  });

  test.each([
    ['a date', (now: number) => new Date(now + 20_000).toUTCString(), 20],
    ['seconds', () => '20', 20],
    ['a day', () => '86400', 3600],
    ['nonsense', () => 'soon', undefined],
  ])('17 Retry-After as %s is understood', async (_what, value, seconds) => {
    const { world, server, client } = await begin();
    const headers = { 'retry-after': value(world.now()) };
    server.fault = () => ({ status: 503, headers, body: '<html>' });
    const error = await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    const { retryAfter } = error as { retryAfter?: number };
    if (seconds === undefined) expect(retryAfter).toBeUndefined();
    else expect(Math.round(retryAfter ?? 0)).toBe(seconds);
  });
});

test('28 the back-off has full jitter and doubles up to a minute', async () => {
  const { world, server, browser } = scene();
  const waits: number[] = [];
  const tab = browser.tab({});
  await signIn(world, tab);
  tab.client.dispose();
  const base = browser.tab({ autoStart: false });
  base.client.dispose();
  const chance = { value: 0.999 };
  const jittery = browser.tab({ env: { ...base.env, random: () => chance.value } });
  await world.settle(jittery.client.ready);
  server.fault = (call) => (call.path === REFRESH ? 'network' : undefined);
  await world.advance(HOUR / 2);
  const sofar = server.count(REFRESH);
  const error = await world.settle(refusalOf(jittery.client.request({ url: '/api/thing' })));
  expect(error).toMatchObject({ kind: 'transient', code: 'refresh_postponed' });
  expect(server.count(REFRESH)).toBe(sofar);
  const times = server.calls.filter((call) => call.path === REFRESH).map((call) => call.at);
  for (let n = 1; n < times.length; n++) waits.push(((times[n] ?? 0) - (times[n - 1] ?? 0)) / 1000);
  expect(waits.slice(0, 8).map(Math.round)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
});
