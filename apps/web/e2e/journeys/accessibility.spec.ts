import { serious } from '../rig/axe.ts';
import { addPictures } from '../rig/pictures.ts';
import { elsewhere, expect, signIn, test } from '../rig/test.ts';

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
