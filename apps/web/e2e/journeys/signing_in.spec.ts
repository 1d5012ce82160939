import type { Page } from '@playwright/test';
import { PASSWORD, expect, follow, signIn, test } from '../rig/test.ts';

/** Every text of the page, as soon as it appears; for what must never be seen, however shortly. */
async function watchTexts(page: Page): Promise<() => Promise<string>> {
  await page.addInitScript(() => {
    const seen = new Set<string>();
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const text = document.querySelector('#app')?.textContent;
      if (text) seen.add(text);
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
  return () =>
    page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen].join('\n'));
}

test('a newcomer registers, is signed in, and lands where they wanted to go', async ({ page }) => {
  await page.goto('/devices?from=letter#first');
  await expect(page).toHaveURL(/\/login\?redirect=/);
  await follow(page, 'Create an account');
  await page.getByLabel('Username').fill(`虎-${Date.now()}`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/devices\?from=letter#first$/);
  await expect(page.getByText('This device', { exact: true })).toBeVisible();
});

test('a wrong password is told in place; the name stays, the password does not', async ({
  page,
  person,
}) => {
  await page.goto('/login');
  await page.getByLabel('Username or email').fill(person.username);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('Incorrect username or password');
  await expect(page.getByLabel('Username or email')).toHaveValue(person.username);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
});

test('44 a reload shows neither the sign-in page nor a page without its owner', async ({
  page,
  person,
}) => {
  await signIn(page, person, '/login?redirect=/security');
  const seen = await watchTexts(page);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible();
  expect(await seen()).not.toMatch(/New here\?|Username or email/);
});

test('44 a visitor sees nothing of a protected page on the way to the sign-in page', async ({
  page,
}) => {
  const seen = await watchTexts(page);
  await page.goto('/security');
  await expect(page).toHaveURL(/\/login\?redirect=\/security$/);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(await seen()).not.toMatch(/Change the password|Delete account/);
});

test('the sign-in page is not for the signed-in', async ({ page, person }) => {
  await signIn(page, person);
  await page.goto('/login?redirect=/history');
  await expect(page).toHaveURL(/\/history$/);
});

test('no token can be read by a script, and none is left in any storage', async ({
  page,
  person,
}) => {
  await signIn(page, person);
  const readable = await page.evaluate(() =>
    JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]),
  );
  const secrets = (await page.context().cookies()).filter(({ httpOnly }) => httpOnly);
  expect(secrets.length).toBeGreaterThanOrEqual(2);
  for (const { value } of secrets) expect(readable).not.toContain(value);
});

test('with the keyboard alone: sign in, find the way, sign out', async ({ page, person }) => {
  await page.goto('/login');
  await expect(page.getByLabel('Username or email')).toBeFocused();
  await page.keyboard.type(person.username);
  await page.keyboard.press('Tab');
  await page.keyboard.type(person.password);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Show the password' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('type', 'text');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(page.getByLabel('Keep me signed in')).toBeChecked();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Profile', level: 1 })).toBeVisible();

  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  const leave = page.getByRole('button', { name: 'Sign out safely' });
  for (let steps = 0; steps < 12; steps++) {
    await page.keyboard.press('Tab');
    if (await leave.evaluate((button) => button === document.activeElement)) break;
  }
  await expect(leave).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText('You are signed out, here and on the server.')).toBeVisible();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the menu leads everywhere, nothing is wider than the screen, everything can be touched', async ({
    page,
    person,
  }) => {
    await signIn(page, person);
    for (const name of ['My devices', 'My history', 'Security', 'Profile']) {
      await page.getByRole('button', { name: 'Open the menu' }).click();
      await follow(page, name);
      await expect(page.locator('#mobile-menu')).toHaveCount(0);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      const small = await page.locator('button:visible, input:visible').evaluateAll((elements) =>
        elements
          .filter((element) => element.getBoundingClientRect().height < 43.5)
          .filter((element) => element.getAttribute('type') !== 'checkbox')
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      expect(small).toEqual([]);
    }
  });
});

for (const [locale, word, other] of [
  ['zh-CN', '登录', 'English'],
  ['en-GB', 'Sign in', '中文'],
] as const)
  test.describe(`a browser in ${locale}`, () => {
    test.use({ locale });

    test('is spoken to in its language, and the choice of another is kept', async ({ page }) => {
      await page.goto('/login');
      await expect(page.getByRole('heading', { name: word, exact: true })).toBeVisible();
      await page.getByRole('button', { name: other }).click();
      await expect(page.getByRole('heading', { name: word, exact: true })).toHaveCount(0);
      const title = await page.getByRole('heading', { level: 1 }).textContent();
      await page.reload();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(String(title));
      await expect(page.locator('html')).toHaveAttribute(
        'lang',
        locale === 'zh-CN' ? 'en' : 'zh-CN',
      );
    });
  });

test('the theme is chosen once, and there before anything is drawn', async ({ page }) => {
  await page.goto('/login');
  await page.getByRole('button', { name: 'Use the dark theme' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'tally-dark');
  await page.addInitScript(() => {
    addEventListener('DOMContentLoaded', () => {
      document.title = document.documentElement.className;
      Object.assign(window, { atFirst: document.documentElement.className });
    });
  });
  await page.reload();
  expect(await page.evaluate(() => (window as unknown as { atFirst: string }).atFirst)).toBe(
    'dark',
  );
});

test('an address that is no page says so, and leads home', async ({ page }) => {
  await page.goto('/no/such/page');
  await expect(page.getByRole('heading', { name: 'This page does not exist' })).toBeVisible();
  await page.getByRole('link', { name: 'Go to the start page' }).click();
  await expect(page).toHaveURL(/\/login$/);
});
