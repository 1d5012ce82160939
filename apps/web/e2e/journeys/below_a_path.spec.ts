import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { startNginx } from '../rig/nginx.ts';
import { freePort, startServer } from '../rig/server.ts';
import { PASSWORD } from '../rig/test.ts';

/** What nginx does with the path: `proxy_pass` with a path behind takes it off, without leaves it on. */
const WAYS = { 'takes off': '/', 'leaves on': '' };

/** Collects what is asked outside of `root`, and what the browser complains of. */
function watch(page: Page, root: string): string[] {
  const found: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (/^https?:/.test(url) && !url.startsWith(`${root}/`)) found.push(`asked outside: ${url}`);
  });
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to|MIME type/.test(message.text()))
      found.push(message.text());
  });
  page.on('pageerror', (error) => found.push(String(error)));
  return found;
}

async function registerThere(page: Page, root: string): Promise<void> {
  await page.goto(`${root}/devices?from=letter`);
  await expect(page).toHaveURL(/\/shop\/auth\/login\?redirect=/);
  await page.getByRole('link', { name: 'Create an account' }).click();
  await expect(page).toHaveURL(/\/shop\/auth\/register/);
  await page.locator('[name="username"]').fill('老虎');
  await page.locator('[name="password"]').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(`${root}/devices?from=letter`);
  await expect(page.getByText('This device', { exact: true })).toBeVisible();
}

/** Without its record the page knows of the session by its cookies alone, and renews it. */
async function renewByCookies(page: Page, root: string): Promise<void> {
  await page.evaluate(() => localStorage.clear());
  const renewed = page.waitForResponse(`${root}/api/auth/refresh`);
  await page.reload();
  expect((await renewed).status()).toBe(200);
  await expect(page.getByText('This device', { exact: true })).toBeVisible();
  const cookies = await page.context().cookies();
  expect(cookies.find(({ name }) => name === 'tally_refresh')?.path).toBe('/shop/auth/api/auth');
}

async function seeAllPages(page: Page, root: string): Promise<void> {
  for (const path of ['profile', 'files', 'history', 'security']) {
    await page.goto(`${root}/${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByText('Page not found')).toHaveCount(0);
    await expect(page).toHaveURL(`${root}/${path}`);
  }
  await page.goto(`${root}/api/docs`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('body')).toContainText(`${root}/api/auth/login`);
  await page.goto(`${root}/docs`);
  await page.getByRole('link', { name: 'Settings', exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await expect(page).toHaveURL(`${root}/docs/settings.html`);
}

for (const [way, behind] of Object.entries(WAYS)) {
  test(`below a path that the proxy ${way} everything works, and nothing is asked outside`, async ({
    page,
  }) => {
    const port = await freePort();
    const root = `http://127.0.0.1:${port}/shop/auth`;
    const server = await startServer({
      TALLY_PUBLIC_URL: root,
      TALLY_TRUSTED_PROXIES: '127.0.0.1',
    });
    const target = `${server.origin}${behind}`;
    const stop = await startNginx(port, `location /shop/auth/ { proxy_pass ${target}; }`);
    const complaints = watch(page, root);
    try {
      await registerThere(page, root);
      await renewByCookies(page, root);
      await seeAllPages(page, root);
      expect(complaints).toEqual([]);
    } finally {
      await stop();
      await server.dispose();
    }
  });
}
