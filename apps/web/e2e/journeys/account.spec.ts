import { elsewhere, expect, onPage, signIn, test } from '../rig/test.ts';

test('one device is ended after one question, and its row says so before it goes', async ({
  page,
  server,
  person,
}) => {
  const phone = await elsewhere(server, person, 'Old phone');
  await signIn(page, person, '/login?redirect=/devices');
  await expect(page.locator('main li').first()).toContainText('This device');
  await page.getByRole('button', { name: 'Sign out Old phone' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign out this device?' });
  await expect(dialog).toContainText('Old phone');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect((await phone.call('GET', '/me')).status).toBe(200);

  await page.getByRole('button', { name: 'Sign out Old phone' }).click();
  await dialog.getByRole('button', { name: 'Sign it out' }).click();
  await expect(page.locator('main li').filter({ hasText: 'Old phone' })).toContainText(
    'Signed out.',
  );
  await expect(page.locator('main li').filter({ hasText: 'Old phone' })).toHaveCount(0);
  expect((await phone.call('GET', '/me')).status).toBe(401);
});

test('all other devices are ended at once; this one stays', async ({ page, server, person }) => {
  const phones = [await elsewhere(server, person, 'One'), await elsewhere(server, person, 'Two')];
  await signIn(page, person, '/login?redirect=/devices');
  await page.getByRole('button', { name: 'Sign out all other devices' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign them out' }).click();
  await expect(page.getByText('You are signed in on this device only.')).toBeVisible();
  for (const phone of phones) expect((await phone.call('GET', '/me')).status).toBe(401);
});

test('everywhere means everywhere, here too', async ({ page, server, person }) => {
  const phone = await elsewhere(server, person);
  await signIn(page, person, '/login?redirect=/devices');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page).toHaveURL(/\/login$/);
  // The page leaves first and tells the server then.
  await expect.poll(async () => (await phone.call('GET', '/me')).status).toBe(401);
});

test('a failed sign-in stands in the history, and leads to changing the password', async ({
  page,
  server,
  person,
}) => {
  await fetch(`${server.origin}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...person, password: 'a guess' }),
  });
  await signIn(page, person, '/login?redirect=/history');
  const row = page.locator('main li').filter({ hasText: 'Failed sign-in' });
  await row.getByRole('link', { name: 'This wasn’t me' }).click();
  await expect(page).toHaveURL(/\/security$/);
});

test('the password is changed after proving the old one; other devices are ended', async ({
  page,
  server,
  person,
}) => {
  const phone = await elsewhere(server, person);
  await signIn(page, person, '/login?redirect=/security');
  const wanted = 'entirely different words';
  await page.getByLabel('Current password').fill('wrong');
  await page.getByLabel('New password').fill(wanted);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByLabel('Current password')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Current password')).toBeFocused();
  await expect(page.getByLabel('New password')).toHaveValue(wanted);

  await page.getByLabel('Current password').fill(person.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Password changed.')).toBeVisible();
  expect((await phone.call('GET', '/me')).status).toBe(401);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await onPage(page, 'Sign in');
  await signIn(page, { ...person, password: wanted });
});

test('the account is deleted after proving the password, and kept by signing in again', async ({
  page,
  person,
}) => {
  await signIn(page, person, '/login?redirect=/security');
  await page.getByRole('button', { name: 'Delete account' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete your account?' });
  await dialog.getByRole('button', { name: 'Delete account' }).click();
  await expect(dialog.getByLabel('Password', { exact: true })).toHaveAttribute(
    'aria-invalid',
    'true',
  );
  await dialog.getByLabel('Password', { exact: true }).fill(person.password);
  await dialog.getByRole('button', { name: 'Delete account' }).click();
  await expect(page.getByText('Your account is deleted')).toBeVisible();
  await signIn(page, person);
});

test('a display name of 64 characters fits, and is what the page calls one', async ({
  page,
  person,
}) => {
  const name = '很长的名字'.repeat(13).slice(0, 64);
  await signIn(page, person);
  await page.getByLabel('Display name').fill(`${name}!`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Please use at most 64 characters.')).toBeVisible();
  await page.getByLabel('Display name').fill(name);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByRole('heading', { name })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
