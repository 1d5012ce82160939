import { serious } from '../rig/axe.ts';
import { colleague, enter, later, prove } from '../rig/office.ts';
import { elsewhere, expect, test } from '../rig/test.ts';

test('a role is made, and changed for all who have it, by keyboard', async ({
  page,
  server,
  person,
}) => {
  const admin = await colleague(server, 'admin');
  const key = `desk-${admin.username}`;
  const name = `Desk ${admin.username}`;
  const row = page.getByRole('row').filter({ hasText: key });
  const dialog = page.getByRole('dialog');
  await enter(page, admin, '/admin/roles');
  await later(page.context());
  await page.getByRole('button', { name: 'New role' }).press('Enter');
  await page.locator('[name="key"]').fill(key);
  await page.locator('[name="name"]').fill(name);
  await page.locator('[name="permissions"]').fill('tally:session:list');
  await page.locator('[name="name"]').press('Enter');
  await prove(page, admin);
  await expect(page.getByText(`${name} is saved.`)).toBeVisible();
  await expect(row).toContainText('tally:session:list');

  await server.run('users', 'grant', person.username, key);
  const phone = await elsewhere(server, person);
  expect((await phone.call('GET', '/admin/sessions')).status).toBe(200);
  await page.getByRole('button', { name: `Edit ${name}` }).press('Enter');
  await expect(dialog).toContainText(/People with this role: 1\./);
  await page.locator('[name="permissions"]').fill('tally:user:list');
  await page.locator('[name="name"]').press('Enter');
  await expect(row).toContainText('tally:user:list');
  expect((await phone.call('GET', '/admin/sessions')).status).toBe(403);
  expect((await phone.call('GET', '/admin/users')).status).toBe(200);
});

test('a role is deleted once nobody has it', async ({ page, server, person }) => {
  const admin = await colleague(server, 'admin');
  const key = `spare-${admin.username}`;
  await server.run('roles', 'create', key, '--name', key);
  await server.run('users', 'grant', person.username, key);
  const row = page.getByRole('row').filter({ hasText: key });
  const dialog = page.getByRole('dialog');
  await enter(page, admin, '/admin/roles');
  await page.getByRole('button', { name: `Delete ${key}` }).press('Enter');
  await expect(dialog).toContainText(/People with this role: 1\./);
  await dialog.getByRole('button', { name: 'Delete' }).press('Enter');
  await expect(dialog.getByRole('alert')).toBeVisible();
  await page.keyboard.press('Escape');
  await server.run('users', 'revoke', person.username, key);
  await expect(row.getByRole('cell', { name: /^(People ?)?0$/ })).toBeVisible();
  await page.getByRole('button', { name: `Delete ${key}` }).press('Enter');
  await dialog.getByRole('button', { name: 'Delete' }).press('Enter');
  await expect(page.getByText(`${key} is deleted.`)).toBeVisible();
  await expect(row).toHaveCount(0);
});

test('a permission that is none is a fault of its field', async ({ page, server }) => {
  await enter(page, await colleague(server, 'admin'), '/admin/roles');
  await page.getByRole('button', { name: 'New role' }).click();
  await page.locator('[name="key"]').fill('faulty');
  await page.locator('[name="name"]').fill('Faulty');
  await page.locator('[name="permissions"]').fill('Not A Permission!');
  await page.locator('[name="name"]').press('Enter');
  await expect(page.locator('[name="permissions"]')).toHaveAttribute('aria-invalid', 'true');
});

test('an auditor reads the roles, and changes none', async ({ page, server }) => {
  await enter(page, await colleague(server, 'auditor'), '/admin/roles');
  await expect(page.getByRole('row').filter({ hasText: 'auditor' })).toBeVisible();
  await expect(page.getByRole('button', { name: /New role|^Edit|^Delete/ })).toHaveCount(0);
});

for (const [locale, create] of [
  ['zh-CN', '新建角色'],
  ['en-GB', 'New role'],
] as const)
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390])
      test.describe(`${locale}, ${colorScheme}, ${width} wide`, () => {
        test.use({ locale, colorScheme, viewport: { width, height: 844 } });

        test('roles have no serious finding, and fit', async ({ page, server }) => {
          await enter(page, await colleague(server, 'admin'), '/admin/roles');
          const fits = async (): Promise<void> => {
            expect(await serious(page)).toEqual([]);
            expect(
              await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
            ).toBeLessThanOrEqual(0);
          };
          await expect(page.getByRole('row').filter({ hasText: 'auditor' })).toBeVisible();
          await fits();
          await page.getByRole('button', { name: create }).click();
          await page.getByRole('dialog').locator('[type="submit"]').click();
          await fits();
        });
      });
