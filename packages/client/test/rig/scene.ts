/** The usual beginnings. */
import { createBrowser, signIn } from './browser.js';
import { createServer } from './server.js';
import { createWorld } from './world.js';
import type { AuthClientOptions } from '../../src/index.js';
import type { BrowserOptions } from './browser.js';

/** Server and browser, nobody signed in. */
export function scene(options: BrowserOptions = {}, seed = 1) {
  const world = createWorld(seed);
  const server = createServer(world);
  const browser = createBrowser(world, server, options);
  return { world, server, browser };
}

export type Scene = ReturnType<typeof scene>;

/** One tab, signed in as ada. */
export async function signedIn(
  options: BrowserOptions = {},
  overrides: Partial<AuthClientOptions> = {},
) {
  const { world, server, browser } = scene(options);
  const tab = browser.tab(overrides);
  await signIn(world, tab);
  return { world, server, browser, tab, client: tab.client, sid: 'sid1' };
}

/** The error `promise` rejects with. */
export async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not reject');
    },
    (error: unknown) => error,
  );
}

/** Both ways tokens travel. */
export const DELIVERIES = ['body', 'cookie'] as const;

/** `count` tabs of one browser, all signed in as ada. */
export async function tabsOf(count: number, options: BrowserOptions, seed = 1) {
  const { world, server, browser } = scene(options, seed);
  const first = browser.tab();
  await signIn(world, first);
  await world.advance(500);
  const tabs = [first, ...Array.from({ length: count - 1 }, () => browser.tab())];
  for (const tab of tabs) await world.settle(tab.client.ready);
  return { world, server, browser, tabs };
}
