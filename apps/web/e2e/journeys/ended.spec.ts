import { elsewhere, expect, signInHere, signInToProfile, test } from '../rig/test.ts';

test('kicked by another device: the page says what, when and from where, and keeps the way back', async ({
  page,
  server,
  person,
}) => {
  await signInToProfile(page, person);
  const phone = await elsewhere(server, person);
  await phone.kickOthers();
  await page.getByRole('link', { name: 'My devices' }).click();

  const dialog = page.getByRole('dialog', { name: 'This device was signed out' });
  await expect(dialog).toContainText('127.0.0.1');
  await expect(dialog.locator('time')).toBeVisible();
  await expect(page).toHaveURL(/\/login\?redirect=\/devices$/);
  await dialog.getByRole('button', { name: 'Sign in again' }).click();
  await expect(
    page.getByRole('status').filter({ hasText: 'This device was signed out' }),
  ).toBeVisible();
  await expect(page.getByLabel('Username or email')).toBeFocused();

  await signInHere(page, person);
  await expect(page).toHaveURL(/\/devices$/);
  await expect(page.getByText('This device was signed out')).toHaveCount(0);
});

test('"this was not me" leads to changing the password, through the sign-in page', async ({
  page,
  server,
  person,
}) => {
  await signInToProfile(page, person);
  await (await elsewhere(server, person)).kickOthers();
  await page.getByRole('link', { name: 'My history' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'This wasn’t me' }).click();
  await signInHere(page, person);
  await expect(page.getByRole('heading', { name: 'Change the password' })).toBeVisible();
});

test('password changed elsewhere: after a reload the sign-in page says so', async ({
  page,
  server,
  person,
}) => {
  await signInToProfile(page, person);
  const phone = await elsewhere(server, person);
  expect((await phone.changePassword('another horse battery')).status).toBe(200);
  await page.reload();
  await expect(page).toHaveURL(/\/login$/);
  await expect(
    page.getByRole('status').filter({ hasText: 'Your password was changed' }),
  ).toBeVisible();
});

test('49 a form half filled in stays; the password is asked for in place', async ({
  page,
  server,
  person,
}) => {
  await signInToProfile(page, person);
  await page.getByLabel('Display name').fill('Half a sen');
  await (await elsewhere(server, person)).kickOthers();
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('dialog', { name: 'This device was signed out' });
  await expect(page).toHaveURL(/\/profile$/);
  await dialog.getByLabel(`Password of ${person.username}`).fill(person.password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel('Display name')).toHaveValue('Half a sen');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
});
