import { chromium } from '@playwright/test';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import type * as Tally from '@tigertally/client';
import { clientScript } from '../rig/client_script.ts';
import { expect, signIn, test } from '../rig/test.ts';

declare const tally: typeof Tally;

type Signed = typeof globalThis & { client: Tally.AuthClient };

const TTL = 20;
const TABS = 6;

test.use({ settings: { TALLY_ACCESS_TTL: String(TTL) } });

/** What is done to a tab before its first script runs. */
const TROUBLES = {
  none: () => undefined,
  blocked: () =>
    Object.defineProperty(window, 'localStorage', {
      get: () => {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      },
    }),
  full: () => {
    for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2))
      for (let n = 0; ; n++)
        try {
          localStorage.setItem(`ballast.${size}.${n}`, 'x'.repeat(size));
        } catch {
          break;
        }
  },
} as const;

type Trouble = keyof typeof TROUBLES;

/** On a plain-http LAN: no Web Locks. `flags`: of the browser itself. */
async function lan(flags: readonly string[], port: number): Promise<[Browser, string]> {
  const browser = await chromium.launch({
    executablePath: process.env.E2E_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--host-resolver-rules=MAP tally.lan 127.0.0.1',
      ...flags,
    ],
  });
  return [browser, `http://tally.lan:${port}`];
}

async function tabWith(context: BrowserContext, origin: string, trouble: Trouble): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(TROUBLES[trouble]);
  await page.goto(`${origin}/api/docs`);
  expect(await page.evaluate(() => 'locks' in navigator)).toBe(false);
  await page.addScriptTag({ content: await clientScript() });
  return page;
}

const open = (page: Page, delivery: 'cookie' | 'body'): Promise<string> =>
  page.evaluate(async (delivery) => {
    const client = tally.createAuthClient({ delivery, ...tally.browserEdges() });
    Object.assign(globalThis, { client });
    await client.ready;
    return client.state.status;
  }, delivery);

const CASES: readonly [name: string, troubles: readonly Trouble[], flags: readonly string[]][] = [
  ['storage that the browser was started without', ['none'], ['--disable-local-storage']],
  ['storage that is blocked', ['blocked'], []],
  ['storage that is blocked in every other tab', ['none', 'blocked'], []],
  ['storage that is blocked where the session begins', ['blocked', 'none'], []],
  ['storage that is full', ['full'], []],
];

for (const [name, troubles, flags] of CASES)
  test(`29 tabs with ${name} never accuse each other`, async ({ server, person }) => {
    const [browser, origin] = await lan(flags, server.port);
    try {
      const context = await browser.newContext({ bypassCSP: true });
      const tabs: Page[] = [];
      while (tabs.length < TABS) {
        const trouble = troubles[tabs.length % troubles.length] as Trouble;
        const tab = await tabWith(context, origin, trouble);
        await open(tab, 'cookie');
        if (tabs.length === 0)
          await tab.evaluate((person) => (globalThis as Signed).client.login(person), person);
        else await tab.waitForFunction(() => 'user' in (globalThis as Signed).client.state);
        tabs.push(tab);
      }
      for (let round = 0; round < 2; round++) {
        const refresh = (tab: Page): Promise<string> =>
          tab.evaluate(() =>
            (globalThis as Signed).client.refresh().then(
              () => 'done',
              (error: Tally.AuthError) => error.code,
            ),
          );
        for (const outcome of await Promise.all(tabs.map(refresh)))
          expect(['done', 'refresh_braked']).toContain(outcome);
      }
      for (const tab of tabs)
        expect(
          await tab.evaluate(async () => {
            const { client } = globalThis as Signed;
            return (await client.request({ url: '/api/me' })).status;
          }),
        ).toBe(200);
    } finally {
      await browser.close();
    }
  });

test('29 a full storage costs tabs with bearer tokens nothing', async ({ server, person }) => {
  const [browser, origin] = await lan([], server.port);
  try {
    const context = await browser.newContext({ bypassCSP: true });
    const tabs: Page[] = [];
    while (tabs.length < 3) {
      const tab = await tabWith(context, origin, 'none');
      const status = await open(tab, 'body');
      if (tabs.length === 0)
        await tab.evaluate((person) => (globalThis as Signed).client.login(person), person);
      else expect(status).toBe('authenticated');
      tabs.push(tab);
    }
    await tabs[0]?.evaluate(TROUBLES.full);
    for (let round = 0; round < 2; round++)
      await Promise.all(
        tabs.map((tab) => tab.evaluate(() => (globalThis as Signed).client.refresh())),
      );
    for (const tab of tabs)
      expect(await tab.evaluate(() => (globalThis as Signed).client.state)).toMatchObject({
        status: 'authenticated',
      });
  } finally {
    await browser.close();
  }
});

test('29 our own pages, asleep over the expiry and without storage, stay signed in', async ({
  server,
  person,
}) => {
  const [browser, origin] = await lan(['--disable-local-storage'], server.port);
  try {
    const context = await browser.newContext();
    const tabs = [await context.newPage()];
    await signIn(tabs[0] as Page, person, `${origin}/login`);
    while (tabs.length < TABS) {
      const tab = await context.newPage();
      await tab.goto(`${origin}/profile`);
      tabs.push(tab);
    }
    for (const tab of tabs) await expect(tab.getByRole('timer')).toBeVisible();
    await context.setOffline(true);
    await tabs[0]?.waitForTimeout((TTL + 2) * 1000);
    await context.setOffline(false);
    await Promise.all(tabs.map((tab) => tab.locator('a[href="/history"]').first().click()));
    for (const tab of tabs) {
      await expect(tab).toHaveURL(/\/history$/);
      await expect(tab.getByText('Signed in').first()).toBeVisible();
    }
  } finally {
    await browser.close();
  }
});
