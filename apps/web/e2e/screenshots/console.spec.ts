import type { Page } from '@playwright/test';
import type { Server } from '../rig/server.ts';
import { colleague, enter, later, tries } from '../rig/office.ts';
import { elsewhere, expect, PASSWORD, register, test } from '../rig/test.ts';

/** Every page of the console, in both languages and themes, on a phone and a desk: to be looked at. */
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };
const LISTS = ['users', 'online', 'sign-ins', 'audit', 'roles', 'settings'];
const NAMES = ['lina', 'hufu', '墨子', 'a-name-that-is-as-long-as-a-name'];

/** Some people with a phone each, of whom one may not come in. */
async function staff(server: Server, mark: string): Promise<void> {
  for (const name of NAMES) {
    const person = { username: `${name}-${mark}`, password: PASSWORD };
    await register(server, person);
    await elsewhere(server, person, '小米 14 Ultra');
    await tries(server, { ...person, password: 'a guess' });
  }
  await server.run('users', 'disable', `hufu-${mark}`, '--reason', 'Sends spam');
}

async function open(page: Page, username: string): Promise<string> {
  await page.goto(`/admin/users?q=${username}`);
  await page.getByRole('link', { name: username, exact: true }).click();
  await expect(page.locator('main dl')).toBeVisible();
  return page.url();
}

for (const [size, viewport] of Object.entries(SIZES))
  for (const language of ['zh-CN', 'en'])
    for (const theme of ['light', 'dark'] as const)
      test.describe(`${size} ${language} ${theme}`, () => {
        test.use({ viewport, locale: language, colorScheme: theme });
        const mark = `${size}-${language}-${theme}`;

        const shoot = async (page: Page, name: string, fullPage = true): Promise<void> => {
          await page.evaluate(() => document.fonts.ready);
          await page.waitForTimeout(700);
          const path = `../../test-results/screenshots/console-${name}-${mark}.png`;
          await page.screenshot({ path, fullPage });
        };

        test('the console', async ({ page, server }) => {
          await staff(server, mark);
          await enter(page, await colleague(server, 'admin'), '/admin/users');
          for (const list of LISTS) {
            await page.goto(`/admin/${list}`);
            await expect(page.locator('main table').first()).toBeVisible();
            await shoot(page, list);
          }
          if (size === 'phone') {
            await page.locator('[aria-controls="console-sections"]').click();
            await shoot(page, 'menu', false);
          }
          const base = await open(page, `hufu-${mark}`);
          await shoot(page, 'user');
          for (const tab of ['devices', 'activity', 'roles']) {
            await page.goto(`${base}/${tab}`);
            await shoot(page, `user-${tab}`);
          }
        });

        test('what the console asks', async ({ page, server }) => {
          await staff(server, `${mark}-asked`);
          await enter(page, await colleague(server, 'admin'), '/admin/users');
          await open(page, `lina-${mark}-asked`);
          await later(page.context());
          const confirm = page.getByRole('dialog').locator('[type="submit"]');
          await page.getByRole('button', { name: /^(封禁|Disable)$/ }).click();
          await confirm.click();
          await shoot(page, 'disable', false);
          await page.locator('[name="reason"]').fill('Sends spam');
          await page.keyboard.press('Enter');
          await expect(page.locator('[name="my_password"]')).toBeVisible();
          await shoot(page, 'disable-fresh', false);
          await page.keyboard.press('Escape');
          await page.getByRole('button', { name: /^(重置密码|Reset password)$/ }).click();
          await confirm.click();
          await page.locator('[name="my_password"]').fill(PASSWORD);
          await page.keyboard.press('Enter');
          await expect(page.locator('[data-password]')).toBeVisible();
          await shoot(page, 'one-time', false);
        });
      });
