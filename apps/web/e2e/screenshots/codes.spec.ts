import type { Page } from '@playwright/test';
import { codeSentBy, test } from '../rig/codes.ts';
import type { Server } from '../rig/server.ts';
import { expect, signIn } from '../rig/test.ts';

/** The pages for codes, in both languages and themes, on a phone and a desk. */
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };

let people = 0;

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
        const press = (page: Page) => page.locator('form button[type="submit"]').last().click();

        const somebody = async (page: Page, server: Server) => {
          const name = `${size}-${language}-${theme}-${people++}`.toLowerCase();
          const person = { username: `mo-${name}`, password: 'correct horse battery' };
          const email = `${name}@example.com`;
          await page.request.post(`${server.origin}/api/auth/register`, {
            data: { ...person, email },
          });
          return { person, email };
        };

        test('codes', async ({ page, server }) => {
          const { email } = await somebody(page, server);
          await page.goto('/login');
          await shoot(page, 'code-tabs');
          await page.getByRole('tab').last().click();
          await press(page);
          await shoot(page, 'code-ask');
          await page.locator('[name="target"]').fill(email);
          await press(page);
          await page.locator('[name="code"]').fill('314159');
          await press(page);
          await expect(page.locator('[aria-invalid]')).toBeVisible();
          await shoot(page, 'code-wrong');
          await page.goto('/forgotten');
          await shoot(page, 'forgotten');
          await page.locator('[name="target"]').fill(`other-${email}`);
          await press(page);
          await page.locator('[name="new_password"]').fill('tiger-tally');
          await shoot(page, 'forgotten-code');
        });

        test('contacts', async ({ page, server }) => {
          const { person, email } = await somebody(page, server);
          await signIn(page, person);
          await shoot(page, 'unverified');
          await page.locator('aside a').click();
          await expect(page.getByRole('dialog')).toBeVisible();
          await shoot(page, 'verify-ask', false);
          const masked = `${email.charAt(0)}***@example.com`;
          const code = await codeSentBy(server, masked, () => press(page));
          await shoot(page, 'verify-code', false);
          await page.locator('[name="code"]').fill(code);
          await press(page);
          await expect(page.getByRole('dialog')).toBeHidden();
          await page.locator('#contacts .btn-primary').last().click();
          await page.locator('[name="target"]').fill(`1380013${String(Date.now()).slice(-4)}`);
          await press(page);
          await expect(page.locator('[name="code"]')).toBeVisible();
          await page.locator('.el-dialog .btn-ghost').last().click();
          await shoot(page, 'contacts');
        });
      });
