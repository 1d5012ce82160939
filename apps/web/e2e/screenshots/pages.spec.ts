import type { Page } from '@playwright/test';
import type { Server } from '../rig/server.ts';
import { addPictures } from '../rig/pictures.ts';
import { elsewhere, expect, register, signIn, test } from '../rig/test.ts';

/** Every page, in both languages and themes, on a phone and a desk: to be looked at by people. */
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };
const PAGES = ['profile', 'devices', 'history', 'files', 'security'];

/** A person with a phone, a device of a long name, and somebody who tried to get in. */
async function household(server: Server, name: string, language: string) {
  const person = { username: `chen-${name}`, password: 'correct horse battery' };
  await register(server, person);
  await addPictures(server, person);
  const phone = await elsewhere(server, person, '小米 14 Ultra');
  await elsewhere(server, person, 'A device whose owner gave it a name of sixty-four letters');
  await phone.call('POST', '/auth/login', { ...person, password: 'wrong password' });
  await phone.call('PATCH', '/me', { display_name: '陈虎符', locale: language });
  return { person, phone };
}

for (const [size, viewport] of Object.entries(SIZES))
  for (const language of ['zh-CN', 'en'])
    for (const theme of ['light', 'dark'] as const)
      test.describe(`${size} ${language} ${theme}`, () => {
        test.use({ viewport, locale: language, colorScheme: theme });

        const shoot = async (page: Page, name: string, fullPage = true): Promise<void> => {
          await page.evaluate(() => document.fonts.ready);
          await page.waitForLoadState('networkidle');
          await page.waitForTimeout(450);
          const path = `../../test-results/screenshots/${name}-${size}-${language}-${theme}.png`;
          await page.screenshot({ path, fullPage });
        };

        test('for visitors', async ({ page }) => {
          await page.goto('/login');
          await shoot(page, 'login');
          await page.locator('form button[type="submit"]').click();
          await shoot(page, 'login-faults');
          await page.goto('/register');
          await page.locator('[name="username"]').fill('墨子');
          await page.locator('[name="email"]').fill('mozi@example');
          await page.locator('[name="password"]').fill('tiger-tally');
          await page.locator('form button[type="submit"]').click();
          await page.waitForTimeout(800);
          await shoot(page, 'register');
          await page.goto('/no/such/page');
          await shoot(page, 'not-found');
        });

        test('signed in', async ({ page, server }) => {
          const { phone, person } = await household(
            server,
            `${size}-${language}-${theme}`,
            language,
          );
          await signIn(page, person);
          for (const name of PAGES) {
            await page.goto(`/${name}`);
            await expect(page.locator('h1')).toBeVisible();
            await shoot(page, name);
          }
          await page.goto('/devices');
          await page.locator('main li .btn-outline').first().click();
          await expect(page.getByRole('dialog')).toBeVisible();
          await shoot(page, 'devices-ask', false);
          await page.goto('/files');
          await page.locator('main li button').nth(2).click();
          await shoot(page, 'files-preview', false);
          await page.keyboard.press('Escape');
          const menu = page.locator('header button[aria-expanded]:visible');
          if (size === 'phone') await menu.click();
          await shoot(page, 'menu', false);
          await phone.kickOthers();
          await page.locator('header a[href="/history"]:visible').click();
          await expect(page.getByRole('dialog')).toBeVisible();
          await shoot(page, 'ended', false);
          await page.getByRole('dialog').locator('.btn-primary').click();
          await page.waitForTimeout(300);
          await shoot(page, 'ended-page');
        });
      });
