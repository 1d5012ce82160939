import type { Page } from '@playwright/test';
import { serious } from '../rig/axe.ts';
import { colleague, enter, later, prove, tries } from '../rig/office.ts';
import type { Server } from '../rig/server.ts';
import { elsewhere, expect, register, signIn, test } from '../rig/test.ts';
import type { Person } from '../rig/test.ts';

test('who may not see the console finds no way in, and is refused', async ({
  page,
  server,
  person,
}) => {
  await signIn(page, person);
  await expect(page.getByRole('link', { name: 'Security' }).first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Console' })).toHaveCount(0);
  await page.goto('/admin/users');
  await expect(page).toHaveURL(/\/profile$/);
  const phone = await elsewhere(server, person);
  expect((await phone.call('GET', '/admin/users')).status).toBe(403);
});

test('an auditor reads, and is offered nothing that changes', async ({ page, server, person }) => {
  const auditor = await colleague(server, 'auditor');
  await enter(page, auditor, '/profile');
  await page.getByRole('link', { name: 'Console' }).click();
  await expect(page).toHaveURL(/\/admin\/users$/);
  await page.getByLabel('Name, email, phone or ID').fill(person.username);
  await page.getByRole('link', { name: person.username, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: person.username })).toBeVisible();
  await expect(page.getByRole('group', { name: 'Actions' }).getByRole('button')).toHaveCount(0);
  await part(page, person, 'Devices').click();
  await expect(page.getByRole('button', { name: /^Sign out .+ on/ })).toHaveCount(0);
});

test('a search is in the address, and the back button leads to it again', async ({
  page,
  server,
  person,
}) => {
  const admin = await colleague(server, 'admin');
  await enter(page, admin, '/admin/users');
  await page.getByLabel('Name, email, phone or ID').fill(person.username.toUpperCase());
  await page.getByLabel('Status').selectOption('Active');
  await expect(page).toHaveURL(/q=PERSON/);
  await expect(page).toHaveURL(/state=active/);
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('link', { name: person.username, exact: true }).click();
  await expect(page).toHaveURL(/\/admin\/users\/[^?]+$/);
  await page.goBack();
  await expect(page.getByLabel('Name, email, phone or ID')).toHaveValue(
    person.username.toUpperCase(),
  );
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByLabel('Status').selectOption('Disabled');
  await expect(page.getByText('Nothing matches the filters.')).toBeVisible();
});

test('a user is created by keyboard; the password is told once, and must be changed', async ({
  page,
  server,
}) => {
  const admin = await colleague(server, 'admin');
  await enter(page, admin, '/admin/users');
  await later(page.context());
  await page.getByRole('button', { name: 'New user' }).press('Enter');
  const username = `made-by-${admin.username}`;
  await page.locator('[name="username"]').fill(username);
  await page.locator('[name="username"]').press('Enter');
  await prove(page, admin);
  const told = page.locator('[data-password]');
  await expect(told).toBeVisible();
  const password = (await told.innerText()).trim();
  expect(password.length).toBeGreaterThanOrEqual(16);
  await page.keyboard.press('Escape');
  await expect(told).toBeVisible();
  await page.getByRole('button', { name: 'I have noted it' }).press('Enter');
  await expect(told).toHaveCount(0);
  await expect(page.getByRole('link', { name: username, exact: true })).toBeVisible();
  expect(await page.content()).not.toContain(password);
  expect((await tries(server, { username, password })).body.code).toBe('password_change_required');
});

/** Opens the page of somebody, as an administrator who looked them up. */
/** The part of a user's page: the rail beside it has links of the same names. */
const part = (page: Page, person: Person, name: string) =>
  page.getByRole('navigation', { name: person.username }).getByRole('link', { name });

async function lookUp(page: Page, server: Server, person: Person) {
  const admin = await colleague(server, 'admin');
  await enter(page, admin, `/admin/users?q=${person.username}`);
  await page.getByRole('link', { name: person.username, exact: true }).click();
  await later(page.context());
  return {
    admin,
    acts: page.getByRole('group', { name: 'Actions' }),
    dialog: page.getByRole('dialog'),
    state: page.locator('main .console-chip'),
  };
}

test('a user is disabled with a reason, and enabled', async ({ page, server, person }) => {
  const phone = await elsewhere(server, person);
  const { admin, acts, dialog, state } = await lookUp(page, server, person);
  await acts.getByRole('button', { name: 'Disable' }).press('Enter');
  await expect(dialog).toContainText(`Sessions that end at once: 1.`);
  await dialog.getByRole('button', { name: 'Disable' }).press('Enter');
  await expect(page.locator('[name="reason"]')).toBeFocused();
  await page.keyboard.type('Sends spam');
  await page.keyboard.press('Enter');
  await prove(page, admin);
  await expect(state).toHaveText('Disabled');
  await expect(page.getByText('Sends spam')).toBeVisible();
  expect((await phone.call('GET', '/me')).status).toBe(401);
  expect((await tries(server, person)).body.code).toBe('user_disabled');

  // Asked once in a while only: this is a moment later.
  await acts.getByRole('button', { name: 'Enable' }).click();
  await dialog.getByRole('button', { name: 'Enable' }).click();
  await expect(state).toHaveText('Active');
  expect((await tries(server, person)).status).toBe(200);

  await page.getByRole('link', { name: 'Activity', exact: true }).click();
  const changed = page.getByRole('row').filter({ hasText: 'disabled_reason' });
  await expect(changed).toContainText(['Account enabled', 'Account disabled']);
});

test('a user is signed out everywhere, deleted and restored', async ({ page, server, person }) => {
  const phone = await elsewhere(server, person);
  const { admin, acts, dialog, state } = await lookUp(page, server, person);
  await acts.getByRole('button', { name: 'Sign out everywhere' }).click();
  await dialog.getByRole('button', { name: 'Sign out' }).click();
  await prove(page, admin);
  await expect(acts.getByRole('button', { name: 'Sign out everywhere' })).toHaveCount(0);
  expect((await phone.call('GET', '/me')).status).toBe(401);

  await acts.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(state).toHaveText('Deleted');
  await acts.getByRole('button', { name: 'Restore' }).click();
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await expect(state).toHaveText('Active');
});

test('what a second administrator does shows without a reload', async ({
  page,
  server,
  person,
}) => {
  const admin = await colleague(server, 'admin');
  await enter(page, admin, `/admin/users?q=${person.username}`);
  const row = page.getByRole('row').filter({ hasText: person.username });
  await expect(row).toContainText('Active');
  await server.run('users', 'disable', person.username, '--reason', 'spam');
  await expect(row).toContainText('Disabled');
});

test('one device is signed out from the page of its user', async ({ page, server, person }) => {
  const phone = await elsewhere(server, person, 'Old phone');
  const laptop = await elsewhere(server, person, 'Laptop');
  const { admin, dialog } = await lookUp(page, server, person);
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await page.getByRole('button', { name: /on Old phone$/ }).press('Enter');
  await expect(dialog).toContainText(person.username);
  await expect(dialog).toContainText('Old phone');
  await dialog.getByRole('button', { name: 'Sign out' }).press('Enter');
  await prove(page, admin);
  await expect(page.getByText(`${person.username} is signed out on Old phone.`)).toBeVisible();
  await expect(page.getByRole('row')).toHaveCount(2);
  expect((await phone.call('GET', '/me')).status).toBe(401);
  expect((await laptop.call('GET', '/me')).status).toBe(200);
});

test('a role is given, and counts at the next request', async ({ page, server, person }) => {
  const phone = await elsewhere(server, person);
  const { admin } = await lookUp(page, server, person);
  await part(page, person, 'Roles').click();
  await page.getByRole('checkbox', { name: /auditor/ }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('dialog')).toContainText('Gives: auditor');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).press('Enter');
  await prove(page, admin);
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect
    .poll(async () => (await phone.call('GET', '/admin/users')).body.code)
    .not.toBe('forbidden');
});

const LANGUAGES = {
  'zh-CN': { acts: '操作', disable: '封禁', create: '新建用户', reset: '重置密码' },
  'en-GB': { acts: 'Actions', disable: 'Disable', create: 'New user', reset: 'Reset password' },
} as const;

for (const [locale, words] of Object.entries(LANGUAGES))
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390])
      test.describe(`${locale}, ${colorScheme}, ${width} wide`, () => {
        test.use({ locale, colorScheme, viewport: { width, height: 844 } });

        test('users and their pages have no serious finding, and fit', async ({ page, server }) => {
          const guest = { username: `guest-of-${width}-${locale}`, password: 'quite long words' };
          const name = `${guest.username}-${colorScheme}`;
          await register(server, { ...guest, username: name });
          await elsewhere(server, { ...guest, username: name });
          const admin = await colleague(server, 'admin');
          const fits = async (): Promise<void> => {
            expect(await serious(page)).toEqual([]);
            const over = await page.evaluate(
              () => document.documentElement.scrollWidth - innerWidth,
            );
            expect(over).toBeLessThanOrEqual(0);
          };
          await enter(page, admin, `/admin/users?q=${name}`);
          const link = page.getByRole('link', { name, exact: true });
          await expect(link).toBeVisible();
          await fits();
          await page.getByRole('button', { name: words.create }).click();
          await page.getByRole('dialog').locator('[type="submit"]').click();
          await fits();
          await page.keyboard.press('Escape');
          await link.click();
          const acts = page.getByRole('group', { name: words.acts });
          await expect(acts).toBeVisible();
          const base = page.url();
          await acts.getByRole('button', { name: words.disable }).click();
          await fits();
          await page.keyboard.press('Escape');
          for (const tab of ['/devices', '/activity', '/roles', '']) {
            await page.goto(base + tab);
            await expect(acts).toBeVisible();
            await expect(page.locator('main table, main dl, main fieldset').first()).toBeVisible();
            await fits();
          }
          await later(page.context());
          await acts.getByRole('button', { name: words.reset }).click();
          await page.getByRole('dialog').locator('[type="submit"]').click();
          await prove(page, admin);
          await expect(page.locator('[data-password]')).toBeVisible();
          await fits();
        });
      });
