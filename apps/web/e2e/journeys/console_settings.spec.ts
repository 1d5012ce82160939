import { serious } from '../rig/axe.ts';
import { colleague, enter } from '../rig/office.ts';
import { elsewhere, expect, test } from '../rig/test.ts';

test('the settings are read with their origin, found by name, and none is a secret', async ({
  page,
  server,
}) => {
  await enter(page, await colleague(server, 'auditor'), '/admin/settings');
  const row = page.getByRole('row').filter({ hasText: 'TALLY_PASSWORD_COST' });
  await expect(row).toContainText('testing');
  await expect(row).toContainText('environment');
  await page.getByLabel('Name or description').fill('rate_limits');
  await expect(page).toHaveURL(/q=rate_limits/);
  await expect(page.getByRole('row').filter({ hasText: 'TALLY_RATE_LIMITS' })).toBeVisible();
  await expect(row).toHaveCount(0);
  await page.getByLabel('Origin').selectOption({ value: 'file' });
  await expect(page.getByText('No setting matches the filters.')).toBeVisible();
  await expect(page.locator('main').getByRole('button', { name: /save|edit/i })).toHaveCount(0);
});

test('whoever may not read them is refused', async ({ page, server, person }) => {
  const phone = await elsewhere(server, person);
  expect((await phone.call('GET', '/admin/settings')).status).toBe(403);
  await enter(page, person, '/admin/settings');
  await expect(page).toHaveURL(/\/profile$/);
});

for (const locale of ['zh-CN', 'en-GB'] as const)
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390])
      test.describe(`${locale}, ${colorScheme}, ${width} wide`, () => {
        test.use({ locale, colorScheme, viewport: { width, height: 844 } });

        test('the settings have no serious finding, and fit', async ({ page, server }) => {
          await enter(page, await colleague(server, 'auditor'), '/admin/settings');
          await expect(
            page.getByRole('row').filter({ hasText: 'TALLY_PASSWORD_COST' }).first(),
          ).toBeVisible();
          expect(await serious(page)).toEqual([]);
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
          ).toBeLessThanOrEqual(0);
        });
      });
