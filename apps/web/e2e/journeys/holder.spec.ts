import type { Browser, BrowserContext, Page } from '@playwright/test';
import { between } from '../rig/between.ts';
import type { Between } from '../rig/between.ts';
import type { Server } from '../rig/server.ts';
import { expect, follow, signIn, spoilAccess, test } from '../rig/test.ts';
import type { Person } from '../rig/test.ts';

const REFRESH = '/api/auth/refresh';

/** With Web Locks, and as on a plain-http LAN: with a lease in `localStorage`. */
const HOSTS = { 'a lock': '127.0.0.1', 'a lease': 'tally.lan' };

interface Scene {
  readonly wire: Between;
  readonly context: BrowserContext;
  readonly holder: Page;
  readonly other: Page;
}

/** Two tabs of one person, on their way to the service through somebody who can keep answers back. */
async function twoTabs(
  browser: Browser,
  server: Server,
  person: Person,
  host: string,
): Promise<Scene> {
  const wire = await between(server);
  const context = await browser.newContext();
  const origin = `http://${host}:${wire.port}`;
  const holder = await context.newPage();
  await signIn(holder, person, `${origin}/login`);
  const other = await context.newPage();
  await other.goto(`${origin}/profile`);
  for (const tab of [holder, other]) await expect(tab.getByRole('timer')).toBeVisible();
  return { wire, context, holder, other };
}

/** Makes `tab` ask for what needs a valid access token, and expects that it gets it. */
async function historyIsShown(tab: Page): Promise<void> {
  await follow(tab, 'My history');
  await expect(tab.getByText('Signed in', { exact: true }).first()).toBeVisible();
}

const refreshes = (wire: Between): number[] =>
  wire.passed.filter(({ path }) => path === REFRESH).map(({ status }) => status);

for (const [kind, host] of Object.entries(HOSTS)) {
  test(`32 the tab that holds ${kind} is closed mid-refresh: the others go on`, async ({
    browser,
    server,
    person,
  }) => {
    const { wire, context, holder, other } = await twoTabs(browser, server, person, host);
    try {
      const held = wire.hold(REFRESH);
      await holder.getByRole('button', { name: 'Renew now' }).click();
      // The service has rotated, and nobody has what it answered.
      await held.answered;
      await holder.close();
      held.release();
      await spoilAccess(context);
      await historyIsShown(other);
      expect(refreshes(wire)).toEqual([200, 200]);
      await other.reload();
      await expect(other).toHaveURL(/\/history$/);
    } finally {
      await context.close();
      wire.close();
    }
  });

  test(`33 the tab that holds ${kind} freezes mid-refresh, and finds its way back`, async ({
    browser,
    server,
    person,
  }) => {
    const { wire, context, holder, other } = await twoTabs(browser, server, person, host);
    try {
      const held = wire.hold(REFRESH);
      await holder.getByRole('button', { name: 'Renew now' }).click();
      await held.answered;
      const debug = await context.newCDPSession(holder);
      await debug.send('Debugger.enable');
      const paused = new Promise((resolve) => debug.once('Debugger.paused', resolve));
      await debug.send('Debugger.pause');
      await paused;
      await spoilAccess(context);
      // Longer than a lock is waited for, and than a lease lasts.
      await historyIsShown(other);
      await follow(other, 'Profile');
      await other.getByRole('button', { name: 'Renew now' }).click();
      await expect.poll(() => refreshes(wire)).toEqual([200, 200, 200]);
      held.release();
      await debug.send('Debugger.resume');
      await debug.detach();
      await historyIsShown(holder);
      await historyIsShown(other);
      await expect(holder).toHaveURL(/\/history$/);
      expect(wire.passed.filter(({ path }) => path.includes('logout'))).toEqual([]);
    } finally {
      await context.close();
      wire.close();
    }
  });
}
