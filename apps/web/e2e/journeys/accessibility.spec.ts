import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { addPictures } from '../rig/pictures.ts';
import { elsewhere, expect, signIn, test } from '../rig/test.ts';

async function serious(page: Page): Promise<string[]> {
  // Colours are judged where they end up, not half way there.
  await page.evaluate(async () => {
    const passing = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity);
    await Promise.allSettled(passing.map(({ finished }) => finished));
  });
  const { violations, passes } = await new AxeBuilder({ page }).analyze();
  expect(passes.length).toBeGreaterThan(15);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' ')}`);
}

for (const colorScheme of ['light', 'dark'] as const)
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ])
    test.describe(`${colorScheme}, ${viewport.width} wide`, () => {
      test.use({ colorScheme, viewport });

      test('visitors’ pages have no serious finding', async ({ page }) => {
        for (const path of ['/login', '/register', '/no/such/page']) {
          await page.goto(path);
          await expect(page.locator('h1')).toBeVisible();
          expect(await serious(page)).toEqual([]);
        }
        await page.goto('/register');
        await page.locator('form button[type="submit"]').click();
        expect(await serious(page)).toEqual([]);
      });

      test('pages of the signed-in have no serious finding', async ({ page, server, person }) => {
        await addPictures(server, person, 4);
        await elsewhere(server, person);
        await signIn(page, person);
        for (const path of ['/profile', '/history', '/files', '/security', '/devices']) {
          await page.goto(path);
          await expect(page.locator('h1')).toBeVisible();
          expect(await serious(page)).toEqual([]);
        }
        await page.locator('main li .btn-outline').first().click();
        await expect(page.getByRole('dialog')).toBeVisible();
        expect(await serious(page)).toEqual([]);
      });
    });
