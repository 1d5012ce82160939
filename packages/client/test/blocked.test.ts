/**
 * Tabs that share their tokens and cannot share a secret. Whatever each of them can keep, they present
 * one nonce: two would look like a theft, and an honest user would be signed out.
 */
import { describe, expect, test } from 'vitest';
import { hmac } from '../src/hmac.js';
import { DELIVERIES, scene } from './rig/scene.js';
import { signIn } from './rig/browser.js';
import { TROUBLES } from './rig/storages.js';
import type { Tab } from './rig/browser.js';
import type { Scene } from './rig/scene.js';

const REFRESH = '/api/auth/refresh';
const ROUNDS = 15;

type Trouble = (typeof TROUBLES)[string];

/** A tab whose storage has `trouble`. */
function tabWith({ browser }: Scene, trouble?: Trouble): Tab {
  if (!trouble) return browser.tab();
  return browser.tab({ storage: trouble(browser.storage()) });
}

/** All tabs wake after the expiry, over and over, their answers in any order and some of them lost. */
async function rounds(
  { world, server }: Scene,
  tabs: readonly Tab[],
  meanwhile = (): void => undefined,
): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    server.expireAccess();
    meanwhile();
    server.latency = () => 5 + Math.floor(world.random() * 80);
    const lost = round % 7 === 3 ? Math.floor(world.random() * tabs.length) : -1;
    let refreshes = 0;
    server.fault = (call) => (call.path === REFRESH && refreshes++ === lost ? 'lost' : undefined);
    const all = tabs.map((tab) => tab.client.request({ url: '/api/thing' }).catch(() => undefined));
    await world.settle(Promise.all(all));
    server.fault = () => undefined;
    await world.advance(12_000);
    await world.settle(Promise.all(tabs.map((tab) => tab.client.request({ url: '/api/thing' }))));
    await world.advance(12_000);
  }
}

function unharmed({ server }: Scene, tabs: readonly Tab[]): void {
  for (const row of server.rows.values())
    expect(row.ended).toBe(row.user === 'bob' ? 'replaced' : null);
  for (const tab of tabs) expect(tab.only('signedOut')).toHaveLength(0);
  for (const tab of tabs) expect(tab.client.state.status).toBe('authenticated');
}

test('on https, what a tab without a secret tells the others is a cookie that no neighbour can plant', async () => {
  const stage = scene({ delivery: 'cookie', locks: 'null' });
  const trouble = Object.values(TROUBLES)[0] as Trouble;
  const tab = tabWith(stage, trouble);
  await signIn(stage.world, tab);
  await stage.world.settle(tab.client.request({ url: '/api/thing' }));
  expect(Object.keys(stage.browser.jar).filter((name) => name.endsWith('_level'))).toEqual([
    '__Host-tally_level',
  ]);
});

describe.each(['null', 'never'] as const)('cookies, with locks that are %s', (locks) => {
  describe.each(Object.keys(TROUBLES))('and storage that is %s', (name) => {
    const trouble = TROUBLES[name] as Trouble;

    test.each([1, null])('tabs do not accuse each other (bell: %s)', async (bellMs) => {
      const stage = scene({ delivery: 'cookie', locks, bellMs });
      const tabs = [tabWith(stage, trouble)];
      await signIn(stage.world, tabs[0] as Tab);
      tabs.push(tabWith(stage, trouble), tabWith(stage, trouble));
      await rounds(stage, tabs);
      unharmed(stage, tabs);
    });

    test('nor the tabs that can keep everything', async () => {
      const stage = scene({ delivery: 'cookie', locks });
      const tabs = [tabWith(stage)];
      await signIn(stage.world, tabs[0] as Tab);
      tabs.push(tabWith(stage, trouble), tabWith(stage), tabWith(stage, trouble));
      await rounds(stage, tabs);
      unharmed(stage, tabs);
    });

    test('nor where the session began in a tab that can keep nothing', async () => {
      const stage = scene({ delivery: 'cookie', locks });
      await signIn(stage.world, tabWith(stage), 'bob');
      const tabs = [tabWith(stage, trouble)];
      await signIn(stage.world, tabs[0] as Tab);
      tabs.push(tabWith(stage), tabWith(stage, trouble));
      await rounds(stage, tabs);
      unharmed(stage, tabs);
    });
  });
});

describe.each(DELIVERIES)('without locks, tokens in %s', (delivery) => {
  test('tabs do not accuse each other when the storage is full since the sign-in', async () => {
    const stage = scene({ delivery, locks: 'null' });
    let full = false;
    const trouble: Trouble = (whole) => ({
      ...whole,
      set(key, value) {
        if (full) throw new Error('QuotaExceededError');
        whole.set(key, value);
      },
    });
    const tabs = [tabWith(stage, trouble)];
    await signIn(stage.world, tabs[0] as Tab);
    tabs.push(tabWith(stage, trouble), tabWith(stage, trouble));
    full = true;
    await rounds(stage, tabs);
    unharmed(stage, tabs);
  });

  test('nor when it fails in some of them only', async () => {
    const stage = scene({ delivery, locks: 'null' });
    let failing = false;
    const refuse = (): void => {
      if (failing) throw new Error('UnknownError');
    };
    const trouble: Trouble = ({ get, set, remove }) => ({
      get: (key) => (refuse(), get(key)),
      set: (key, value) => (refuse(), set(key, value)),
      remove: (key) => (refuse(), remove(key)),
    });
    const tabs = [tabWith(stage)];
    await signIn(stage.world, tabs[0] as Tab);
    tabs.push(tabWith(stage, trouble), tabWith(stage, trouble));
    failing = true;
    await rounds(stage, tabs);
    unharmed(stage, tabs);
  });

  test('a copy of a tab that was left behind costs nobody the session', async () => {
    const stage = scene({ delivery, locks: 'null' });
    const { world, server } = stage;
    const kept = new Map<string, string>();
    const own = (from: Map<string, string>): Trouble => {
      const map = new Map(from);
      return () => ({
        shared: false,
        get: (key) => map.get(key) ?? null,
        set: (key, value) => (map.set(key, value), kept.set(key, value)),
        remove: (key) => map.delete(key),
      });
    };
    const tab = tabWith(stage, own(new Map()));
    await signIn(world, tab);
    const copied = new Map(kept);
    const twin = tabWith(stage, own(copied));
    await rounds(stage, [tab, twin]);
    unharmed(stage, [tab, twin]);
    twin.client.dispose();
    for (let n = 0; n < 3; n++) {
      await world.settle(tab.client.refresh());
      await world.settle(tab.client.request({ url: '/api/thing' }));
      await world.advance(11_000);
    }
    // Closed long ago, and opened again with what it had then.
    const restored = tabWith(stage, own(copied));
    await world.settle(restored.client.refresh().catch(() => undefined));
    await world.advance(1000);
    expect(server.row('sid1').ended).toBeNull();
    await world.settle(tab.client.refresh());
    expect(tab.client.state.status).toBe('authenticated');
  });
});

test('storage cleared in mid-session costs cookie tabs nothing, again and again', async () => {
  const stage = scene({ delivery: 'cookie', locks: 'null' });
  const tabs = [tabWith(stage)];
  await signIn(stage.world, tabs[0] as Tab);
  tabs.push(tabWith(stage), tabWith(stage), tabWith(stage));
  await rounds(stage, tabs, () => {
    for (const part of ['session', 'device', 'pause']) stage.browser.put(`tally.${part}`, null);
  });
  unharmed(stage, tabs);
});

test('a session of an older version goes on with the secret that it began with', async () => {
  const stage = scene({ delivery: 'body', locks: 'null' });
  const { world, browser, server } = stage;
  const tab = tabWith(stage);
  await signIn(world, tab);
  const { bond, ...older } = JSON.parse(browser.stored('tally.session') ?? '') as { bond: string };
  expect(bond).toBe(browser.stored('tally.device'));
  browser.put('tally.session', JSON.stringify(older));
  const late = tabWith(stage);
  await world.settle(late.client.refresh());
  expect(server.calls.at(-1)?.headers['tally-nonce']).toBe(hmac(bond, 'rot|sid1|0'));
});
