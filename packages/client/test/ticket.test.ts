/** Signed out with bearer tokens while the server cannot be told: a ticket is kept until it can. */
import { describe, expect, test } from 'vitest';
import { refusalOf, signedIn } from './rig/scene.js';
import { signIn } from './rig/browser.js';
import type { Call } from './rig/server.js';

const LOGOUT = '/api/auth/logout';
const TICKETS = 'tally.tickets';
const ticketsIn = (calls: readonly Call[]): unknown[] =>
  calls.filter(({ path }) => path === LOGOUT).map(({ body }) => body);
const ticket = (sid: string): string => `${sid}.SECRET-ticket-of-${sid}`;

/** Ada, who signed out while offline; the network is back now, and nobody noticed yet. */
async function left() {
  const { world, server, browser, tab, client } = await signedIn({ delivery: 'body' });
  server.fault = () => 'network';
  expect(await world.settle(client.logout())).toEqual({ serverConfirmed: false });
  expect(client.state).toMatchObject({ status: 'anonymous', reason: 'signed_out' });
  server.fault = () => undefined;
  server.calls.length = 0;
  return { world, server, browser, tab, client };
}

describe('33 a bearer sign-out that the server missed', () => {
  test('leaves no token in the store, but the ticket', async () => {
    const { server, browser } = await left();
    expect(browser.stored('tally.session')).toBeNull();
    expect(browser.stored(TICKETS)).toBe(ticket('sid1'));
    expect(server.row('sid1').ended).toBeNull();
  });

  test('is delivered when the network or the page is back, once', async () => {
    const { world, server, browser, tab, client } = await left();
    tab.wake();
    await world.advance(1000);
    expect(server.row('sid1').ended).toBe('logged_out');
    expect(ticketsIn(server.calls)).toEqual([{ sign_out_ticket: ticket('sid1') }]);
    expect(server.calls[0]?.headers.authorization).toBeUndefined();
    expect(browser.stored(TICKETS)).toBeNull();
    tab.wake();
    await world.advance(1000);
    expect(server.count(LOGOUT)).toBe(1);
    expect(await world.settle(client.logout())).toEqual({ serverConfirmed: true });
  });

  test('is delivered at the next start, which shows nobody', async () => {
    const { world, server, browser, client } = await left();
    client.dispose();
    const again = browser.tab();
    expect(again.client.state.status).toBe('anonymous');
    await world.advance(1000);
    expect(server.row('sid1').ended).toBe('logged_out');
    expect(again.only('signedIn')).toHaveLength(0);
    expect(browser.stored(TICKETS)).toBeNull();
  });

  test('is delivered before the next sign-in, which it does not end', async () => {
    const { world, server, tab, client } = await left();
    await signIn(world, tab, 'bob');
    expect(server.calls.map(({ path }) => path)).toEqual([LOGOUT, '/api/auth/login']);
    expect(server.row('sid1').ended).toBe('logged_out');
    expect(server.row('sid2').ended).toBeNull();
    expect(client.state).toMatchObject({ user: { username: 'bob' } });
  });

  test.each(['network', 'hang', { status: 503 }, { status: 200, body: '<html>' }] as const)(
    'is kept while it still cannot be delivered (%j)',
    async (fault) => {
      const { world, server, browser, tab } = await left();
      server.fault = () => fault;
      tab.wake();
      await world.advance(10_000);
      expect(browser.stored(TICKETS)).toBe(ticket('sid1'));
      server.fault = () => undefined;
      tab.wake();
      await world.advance(1000);
      expect(server.row('sid1').ended).toBe('logged_out');
    },
  );

  test('does not keep the next one from being missed as well: both are delivered', async () => {
    const { world, server, browser, tab, client } = await left();
    server.fault = (call) => (call.path === LOGOUT ? 'network' : undefined);
    await signIn(world, tab, 'bob');
    await world.settle(client.logout());
    expect(browser.stored(TICKETS)).toBe(`${ticket('sid1')} ${ticket('sid2')}`);
    server.fault = () => undefined;
    tab.wake();
    await world.advance(1000);
    for (const sid of ['sid1', 'sid2']) expect(server.row(sid).ended).toBe('logged_out');
    expect(browser.stored(TICKETS)).toBeNull();
  });

  test('that the server does not know any more is dropped', async () => {
    const { world, server, browser, tab } = await left();
    server.fault = () => ({ status: 401, body: { code: 'token_invalid' } });
    tab.wake();
    await world.advance(1000);
    expect(browser.stored(TICKETS)).toBeNull();
  });

  test('leaves the requests of nobody without a token', async () => {
    const { world, server, client } = await left();
    await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    expect(server.calls.at(-1)?.headers.authorization).toBeUndefined();
  });
});

test('33 the ticket of a session is renewed with it, and used online too', async () => {
  const { world, server, browser, client } = await signedIn({ delivery: 'body' });
  await world.settle(client.refresh());
  expect(browser.stored('tally.session')).toContain(ticket('sid1'));
  expect(await world.settle(client.logout())).toEqual({ serverConfirmed: true });
  expect(ticketsIn(server.calls)).toEqual([{ sign_out_ticket: ticket('sid1') }]);
  expect(browser.stored(TICKETS)).toBeNull();
});

test('33 signing out everywhere while offline still ends this session later', async () => {
  const { world, server, tab, client } = await signedIn({ delivery: 'body' });
  server.fault = () => 'network';
  await world.settle(client.logout({ everywhere: true }));
  server.fault = () => undefined;
  tab.wake();
  await world.advance(1000);
  expect(server.row('sid1').ended).toBe('logged_out');
});

test('33 where storage is full the open page keeps the ticket', async () => {
  const full = {
    get: () => null,
    set: () => {
      throw new Error('QuotaExceededError');
    },
    remove: () => undefined,
  };
  const { world, server, tab, client } = await signedIn({ delivery: 'body' }, { storage: full });
  server.fault = () => 'network';
  await world.settle(client.logout());
  server.fault = () => undefined;
  tab.wake();
  await world.advance(1000);
  expect(server.row('sid1').ended).toBe('logged_out');
});
