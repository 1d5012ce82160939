/**
 * A captured refresh, token and nonce, is replayed by a thief. Where the owner's own answer was lost, the
 * server cannot tell the two apart and calls the owner's retry stale: it is the client that must end it.
 */
import { describe, expect, test } from 'vitest';
import { DELIVERIES, refusalOf, signedIn, tabsOf } from './rig/scene.js';
import type { Call, FakeServer, Fault } from './rig/server.js';

const LOGOUT = '/api/auth/logout';
const REFRESH = '/api/auth/refresh';

/** What a thief makes of a captured refresh: the owner's child, and from then on children of their own. */
function thief(server: FakeServer, captured: Call) {
  let loot = server.handle(captured);
  const rotate = (): number => {
    const { refresh_token, session } = loot.body as {
      refresh_token?: string;
      session: { generation: number };
    };
    const bearer = refresh_token && { authorization: `Bearer ${refresh_token}` };
    const cookies = { ...captured.cookies, ...loot.cookies } as Record<string, string>;
    const csrf = cookies.tally_csrf;
    const nonce = { 'tally-nonce': `the-thiefs-own-nonce-${session.generation}` };
    const next = server.handle({
      ...captured,
      headers: { ...captured.headers, ...bearer, ...nonce, ...(csrf && { 'x-csrf-token': csrf }) },
      body: { generation: session.generation },
      cookies,
    });
    if (next.status === 200) loot = next;
    return next.status;
  };
  return { rotate };
}

/** A signed-in owner whose refresh was captured, its answer lost, and a thief who has gone on with it. */
async function robbed(delivery: 'body' | 'cookie') {
  const scene = await signedIn({ delivery });
  const { world, server, client } = scene;
  server.fault = (call) => (call.path === REFRESH ? 'lost' : undefined);
  await world.settle(refusalOf(client.refresh()));
  const captured = server.calls.at(-1) as Call;
  server.fault = () => undefined;
  const stranger = thief(server, captured);
  expect(stranger.rotate()).toBe(200);
  return { ...scene, stranger };
}

/** `fault` for sign-outs, nothing else. */
const atLogout =
  (fault: Fault) =>
  (call: Call): Fault =>
    call.path === LOGOUT ? fault : undefined;

describe.each(DELIVERIES)('a thief who is ahead, tokens in %s', (delivery) => {
  test('is out as soon as the owner learns that their copy is stale', async () => {
    const { world, server, browser, client, tab, stranger } = await robbed(delivery);
    const error = await world.settle(refusalOf(client.refresh()));
    expect(error).toMatchObject({ kind: 'definite', code: 'refresh_stale' });
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'refresh_stale' });
    await world.advance(1000);
    expect(server.row('sid1').ended).toBe('logged_out');
    expect(stranger.rotate()).toBe(401);
    expect(server.count(LOGOUT)).toBe(1);
    expect(tab.only('signedOut')).toHaveLength(1);
    expect(browser.stored('tally.session')).toBeNull();
    expect(browser.stored('tally.logout')).toBeNull();
    if (delivery === 'cookie') expect(browser.jar).toEqual({});
  });

  test('is out at the next occasion, if the sign-out did not reach the server', async () => {
    const { world, server, client, tab, stranger } = await robbed(delivery);
    server.fault = atLogout('network');
    await world.settle(refusalOf(client.refresh()));
    await world.advance(120_000);
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'refresh_stale' });
    expect(server.count(LOGOUT)).toBe(1);
    expect(stranger.rotate()).toBe(200);
    server.fault = () => undefined;
    tab.wake();
    await world.advance(1000);
    expect(stranger.rotate()).toBe(401);
    tab.wake();
    await world.advance(1000);
    expect(server.count(LOGOUT)).toBe(2);
  });

  test('is out before anybody signs in here again', async () => {
    const { world, server, client, stranger } = await robbed(delivery);
    server.fault = atLogout('network');
    await world.settle(refusalOf(client.refresh()));
    await world.advance(1000);
    server.fault = () => undefined;
    await world.settle(client.login({ username: 'ada', password: 'right' }));
    expect(stranger.rotate()).toBe(401);
    expect(client.state).toMatchObject({ status: 'authenticated', session: { id: 'sid2' } });
    expect(server.row('sid2').ended).toBeNull();
    expect((await world.settle(client.request({ url: '/api/thing' }))).status).toBe(200);
  });

  test('holds nobody up: the session is over here whatever becomes of the sign-out', async () => {
    const { world, server, client } = await robbed(delivery);
    server.fault = atLogout('hang');
    const began = world.now();
    await world.settle(refusalOf(client.refresh()));
    expect(client.state.status).toBe('anonymous');
    expect(world.now() - began).toBeLessThan(500);
    await world.advance(60_000);
    expect(server.count(LOGOUT)).toBe(1);
    client.dispose();
    expect(world.timers()).toBe(0);
  });

  test('is out after the eighth tab as after the first, and all tabs say why', async () => {
    const { world, server, tabs } = await tabsOf(8, { delivery });
    const [owner] = tabs as [(typeof tabs)[0]];
    server.fault = (call) => (call.path === REFRESH ? 'lost' : undefined);
    await world.settle(refusalOf(owner.client.refresh()));
    const stranger = thief(server, server.calls.at(-1) as Call);
    stranger.rotate();
    server.fault = () => undefined;
    await world.settle(Promise.all(tabs.map((tab) => refusalOf(tab.client.refresh()))));
    await world.advance(1000);
    expect(stranger.rotate()).toBe(401);
    expect(server.count(LOGOUT)).toBe(1);
    for (const tab of tabs)
      expect(tab.client.state).toMatchObject({ status: 'anonymous', reason: 'refresh_stale' });
  });
});

test('a page that is opened before the server could be told shows nobody and tells it first', async () => {
  const { world, server, browser, client, stranger } = await robbed('cookie');
  server.fault = atLogout('network');
  await world.settle(refusalOf(client.refresh()));
  await world.advance(1000);
  client.dispose();
  server.fault = () => undefined;
  const before = server.calls.length;
  const { client: next } = browser.tab();
  expect(next.state).toMatchObject({ status: 'anonymous', reason: 'signed_out' });
  await world.settle(refusalOf(next.request({ url: '/api/thing' })));
  expect(server.calls.slice(before).map(({ path }) => path)).toEqual([LOGOUT, '/api/thing']);
  expect(stranger.rotate()).toBe(401);
});

describe('an honest copy that was overtaken', () => {
  test('a tab that slept over forty generations takes over the newer tokens', async () => {
    for (const delivery of DELIVERIES) {
      const { world, server, tabs } = await tabsOf(2, { delivery, staleMs: 30 });
      const [asleep, awake] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
      const sent = asleep.client.refresh();
      await world.advance(5);
      asleep.freeze();
      for (let n = 0; n < 40; n++) {
        await world.settle(awake.client.refresh());
        await world.advance(11_000);
      }
      await asleep.thaw();
      await world.settle(sent);
      expect(asleep.client.state).toMatchObject({
        status: 'authenticated',
        session: { generation: server.row('sid1').generation },
      });
      expect(server.row('sid1').ended).toBeNull();
      expect(server.count(LOGOUT)).toBe(0);
    }
  });

  /** The store as it was, three generations ago, and a tab that opens on it. */
  async function reopened(session: (backup: string) => string) {
    const scene = await signedIn();
    const { world, browser, client, tab } = scene;
    const backup = browser.stored('tally.session') as string;
    for (let n = 0; n < 3; n++) {
      await world.settle(client.refresh());
      await world.advance(11_000);
    }
    tab.freeze();
    browser.put('tally.session', backup);
    const late = browser.tab();
    browser.put('tally.session', session(backup));
    return { ...scene, late };
  }

  test('a backup that was restored while its original is gone ends on the server, too', async () => {
    const { world, server, late } = await reopened((backup) => backup);
    await world.settle(refusalOf(late.client.refresh()));
    await world.advance(1000);
    expect(late.client.state).toMatchObject({ status: 'anonymous', reason: 'refresh_stale' });
    expect(server.row('sid1').ended).toBe('logged_out');
  });

  test('what another version wrote may be newer: the session is left here alone', async () => {
    const foreign = JSON.stringify({ v: 2, opaque: true });
    const { world, server, browser, late } = await reopened(() => foreign);
    await world.settle(refusalOf(late.client.refresh()));
    await world.advance(1000);
    expect(late.client.state).toMatchObject({ status: 'anonymous', reason: 'refresh_stale' });
    expect(server.row('sid1').ended).toBeNull();
    expect(browser.stored('tally.session')).toBe(foreign);
  });

  test('a tab that could not store what it got is not taken for a thief', async () => {
    const { world, server, browser, tabs } = await tabsOf(1, {});
    const [behind] = tabs as [(typeof tabs)[0]];
    const { storage } = behind.options;
    let full = false;
    const ahead = browser.tab({
      storage: {
        ...storage,
        set(key, value) {
          if (full) throw new Error('QuotaExceededError');
          storage.set(key, value);
        },
      },
    });
    full = true;
    for (let n = 0; n < 3; n++) {
      await world.settle(ahead.client.refresh());
      await world.advance(11_000);
    }
    await world.settle(refusalOf(behind.client.refresh()));
    await world.advance(1000);
    expect(behind.client.state).toMatchObject({ status: 'anonymous', reason: 'refresh_stale' });
    expect(server.row('sid1').ended).toBeNull();
    await world.settle(ahead.client.refresh());
    expect(ahead.client.state.status).toBe('authenticated');
  });
});
