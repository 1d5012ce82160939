import { serious } from '../rig/axe.ts';
import { colleague, enter, later, prove } from '../rig/office.ts';
import { elsewhere, expect, register, test } from '../rig/test.ts';

test('one session is signed out by keyboard, and no other', async ({ page, server, person }) => {
  const phone = await elsewhere(server, person, 'Old phone');
  const laptop = await elsewhere(server, person, 'Laptop');
  const admin = await colleague(server, 'security');
  await enter(page, admin, '/admin/online');
  await page.getByLabel('Username, email, phone or ID').fill(person.username);
  await expect(page).toHaveURL(new RegExp(`user=${person.username}`));
  await expect(page.getByRole('row')).toHaveCount(3);
  await later(page.context());
  await page.getByRole('button', { name: /on Old phone$/ }).press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(`The session of ${person.username} on Old phone`);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect((await phone.call('GET', '/me')).status).toBe(200);
  await page.getByRole('button', { name: /on Old phone$/ }).press('Enter');
  await dialog.getByRole('button', { name: 'Sign out' }).press('Enter');
  await prove(page, admin);
  await expect(page.getByText(`${person.username} is signed out on Old phone.`)).toBeVisible();
  await expect(page.getByRole('row')).toHaveCount(2);
  expect((await phone.call('GET', '/me')).status).toBe(401);
  expect((await laptop.call('GET', '/me')).status).toBe(200);
});

test('who comes and goes meanwhile shows without a reload', async ({ page, server, person }) => {
  const auditor = await colleague(server, 'auditor');
  await enter(page, auditor, `/admin/online?user=${person.username}`);
  await expect(page.getByText('Nothing matches the filters.')).toBeVisible();
  const phone = await elsewhere(server, person, 'New phone');
  const row = page.getByRole('row').filter({ hasText: 'New phone' });
  await expect(row).toContainText('127.0.0.1');
  await expect(page.getByRole('button', { name: /^Sign out .+ on/ })).toHaveCount(0);
  expect((await phone.call('POST', '/auth/logout')).status).toBe(200);
  await expect(row).toHaveCount(0);
});

test('sessions are narrowed by address and kind of device', async ({ page, server, person }) => {
  await elsewhere(server, person, 'Pocket');
  await enter(page, await colleague(server, 'auditor'), `/admin/online?user=${person.username}`);
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByLabel('Device', { exact: true }).selectOption({ value: 'web' });
  await expect(page.getByText('Nothing matches the filters.')).toBeVisible();
  await page.getByLabel('Device', { exact: true }).selectOption({ value: 'app' });
  await page.getByLabel('Address', { exact: true }).fill('127.0.0.1');
  await expect(page).toHaveURL(/address=127\.0\.0\.1/);
  await expect(page.getByRole('row')).toHaveCount(2);
});

test('whoever may not see sessions is refused, and finds no such page', async ({
  page,
  server,
  person,
}) => {
  const phone = await elsewhere(server, person);
  expect((await phone.call('GET', '/admin/sessions')).status).toBe(403);
  await enter(page, person, '/admin/online');
  await expect(page).toHaveURL(/\/profile$/);
});

for (const [locale, end] of [
  ['zh-CN', '强退'],
  ['en-GB', 'Sign out'],
] as const)
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390])
      test.describe(`${locale}, ${colorScheme}, ${width} wide`, () => {
        test.use({ locale, colorScheme, viewport: { width, height: 844 } });

        test('who is online has no serious finding, and fits', async ({ page, server }) => {
          const username = `online-${width}-${locale}-${colorScheme}`;
          const person = { username, password: 'quite long words' };
          await register(server, person);
          await elsewhere(server, person);
          await enter(page, await colleague(server, 'admin'), `/admin/online?user=${username}`);
          const fits = async (): Promise<void> => {
            expect(await serious(page)).toEqual([]);
            expect(
              await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
            ).toBeLessThanOrEqual(0);
          };
          const row = page.getByRole('row').filter({ hasText: username });
          await expect(row).toBeVisible();
          await fits();
          await row.getByRole('button', { name: end }).click();
          await expect(page.getByRole('dialog')).toContainText(username);
          await fits();
        });
      });
