import type { Page } from '@playwright/test';
import { test as base, expect, signIn } from '../rig/test.ts';
import { startStandIn } from '../rig/stand_in.ts';

const test = base.extend({
  settings: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names from the pattern
    async ({}, use) => {
      const standIn = await startStandIn();
      await use(standIn.settings);
      standIn.stop();
    },
    { scope: 'worker' },
  ],
});

/** Presses the button, and lets somebody scan the code that WeChat's page shows. */
async function scan(page: Page, name: string, button = 'Sign in with WeChat'): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  await page.getByRole('link', { name: `${name} scans` }).click();
}

base('where the service has no WeChat, none is offered', async ({ page, person }) => {
  const answered = page.waitForResponse('**/api/auth/providers');
  await page.goto('/login');
  await answered;
  await expect(page.getByRole('button', { name: 'WeChat' })).toHaveCount(0);
  await signIn(page, person, '/login?redirect=/security');
  await expect(page.getByRole('heading', { name: 'Change the password' })).toBeVisible();
  await expect(page.getByText('Linked accounts')).toHaveCount(0);
});

test('who scans is signed in where they wanted to go, and no code stays behind', async ({
  page,
}) => {
  await page.goto('/login?redirect=/devices');
  await scan(page, 'ada');
  await expect(page).toHaveURL(/\/devices$/);
  await expect(page.getByText('This device', { exact: true })).toBeVisible();
  // The name that an account is made with is long.
  for (const width of [1024, 1100, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const signOut = page.getByRole('banner').getByRole('button', { name: 'Sign out' });
    await expect(signOut).toBeInViewport({ ratio: 1 });
  }
  await page.goBack();
  expect(page.url()).not.toContain('code=');
});

test('a first password, and then WeChat is unlinked and linked again', async ({ page }) => {
  await page.goto('/login?redirect=/security');
  await scan(page, 'bo');
  await expect(page.getByRole('heading', { name: 'Set a password' })).toBeVisible();
  await expect(page.getByLabel('Current password')).toHaveCount(0);
  const password = 'entirely different words';
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set a password' }).click();
  await expect(page.getByText('Password changed.')).toBeVisible();
  await expect(page.getByLabel('Current password')).toBeVisible();

  await page.getByRole('button', { name: 'Unlink' }).click();
  const dialog = page.getByRole('dialog', { name: 'Unlink WeChat?' });
  await dialog.getByLabel('Password', { exact: true }).fill('a guess');
  await dialog.getByRole('button', { name: 'Unlink' }).click();
  await expect(dialog.getByLabel('Password', { exact: true })).toHaveAttribute(
    'aria-invalid',
    'true',
  );
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.getByRole('button', { name: 'Unlink' }).click();
  await expect(page.getByRole('button', { name: 'Unlink' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Link WeChat' }).click();
  const question = page.getByRole('dialog', { name: 'Link WeChat' });
  await question.getByLabel('Password', { exact: true }).fill(password);
  await scan(page, 'bo', 'Go to WeChat');
  await expect(page).toHaveURL(/\/security$/);
  await expect(page.getByRole('button', { name: 'Unlink' })).toBeVisible();
});

test('linked to an account with a password, WeChat signs in to that account', async ({
  page,
  person,
}) => {
  await signIn(page, person, '/login?redirect=/security');
  await page.getByRole('button', { name: 'Link WeChat' }).click();
  await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(person.password);
  await scan(page, 'a developer', 'Go to WeChat');
  await expect(page.getByRole('button', { name: 'Unlink' })).toBeVisible();
  await page.context().clearCookies();
  await page.goto('/login');
  await scan(page, 'a developer');
  await expect(page).toHaveURL(/\/profile$/);
  await expect(page.locator('main')).toContainText(person.username);
});

test('what nobody began here is refused, and leads back', async ({ page }) => {
  await page.goto('/login/wechat-web?code=somebodys&state=somebodys');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page).toHaveURL(/\/login\/wechat-web$/);
  await page.getByRole('link', { name: 'Go back' }).click();
  await expect(page).toHaveURL(/\/login$/);
});

test('who turns back at WeChat reads that nothing happened', async ({ page }) => {
  await page.goto('/login/wechat-web?state=somebodys');
  await expect(page.getByRole('alert')).toHaveText(/WeChat did not confirm this/);
});

test.describe('in Chinese', () => {
  test.use({ locale: 'zh-CN' });

  test('the entry and what follows it are in Chinese', async ({ page }) => {
    await page.goto('/login?redirect=/security');
    await scan(page, 'ada', '微信登录');
    await expect(page.getByRole('heading', { name: '已绑定的账号' })).toBeVisible();
  });
});

test('who has no password proves by WeChat who they are, to delete the account', async ({
  page,
}) => {
  await page.goto('/login');
  await scan(page, 'ada');
  // A token that was renewed is not fresh any more.
  await page.getByRole('button', { name: 'Renew now' }).click();
  await expect(page.getByText('Both halves were renewed.')).toBeVisible();
  await page.goto('/security');
  const remove = page.getByRole('button', { name: 'Delete account' });
  const dialog = page.getByRole('dialog', { name: 'Delete your account?' });
  await remove.click();
  await dialog.getByRole('button', { name: 'Delete account' }).click();
  await scan(page, 'ada', 'Confirm with WeChat');
  await expect(page).toHaveURL(/\/security$/);
  await remove.click();
  await dialog.getByRole('button', { name: 'Delete account' }).click();
  await expect(page).toHaveURL(/\/login/);
});
