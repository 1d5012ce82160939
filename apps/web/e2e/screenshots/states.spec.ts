import type { Page, Route } from '@playwright/test';
import { addPictures } from '../rig/pictures.ts';
import { signIn, signInHere, test } from '../rig/test.ts';

/** What pages look like while they wait, when there is nothing, and when it could not be had. */
const PAGES = ['profile', 'devices', 'history', 'files'];

const API = /\/api\/(me|auth\/sessions|auth\/events|files)/;

const shoot = async (page: Page, name: string): Promise<void> => {
  await page.waitForTimeout(700);
  await page.screenshot({ path: `../../test-results/screenshots/state-${name}.png` });
};

const answers: Record<string, (route: Route) => Promise<void>> = {
  loading: () => new Promise(() => undefined),
  refused: (route) =>
    route.fulfill({
      status: 500,
      json: { code: 'internal_error', message: 'Something went wrong on our side.', status: 500 },
    }),
  offline: (route) => route.abort(),
};

for (const [state, answer] of Object.entries(answers))
  test(`each page: ${state}`, async ({ page, person }) => {
    await signIn(page, person);
    await page.route(API, answer);
    for (const name of PAGES) {
      await page.goto(`/${name}`);
      await shoot(page, `${state}-${name}`);
    }
  });

test('nothing there', async ({ page, person }) => {
  await signIn(page, person);
  await page.route('**/api/auth/events*', (route) =>
    route.fulfill({ json: { events: [], next_cursor: null } }),
  );
  for (const name of ['files', 'history', 'devices']) {
    await page.goto(`/${name}`);
    await shoot(page, `empty-${name}`);
  }
});

test('moments: signed out, unreachable, undo, renewed, ended in the middle of a form', async ({
  page,
  server,
  person,
}) => {
  await addPictures(server, person);
  await signIn(page, person);
  await page.getByRole('button', { name: 'Renew now' }).click();
  await shoot(page, 'renewed');
  await page.goto('/files');
  await page.getByRole('button', { name: 'Delete IMG_201.png' }).click();
  await shoot(page, 'undo');
  await page.goto('/devices');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await shoot(page, 'everywhere');
  await page.keyboard.press('Escape');
  await page.goto('/security');
  await page.getByRole('button', { name: 'Delete account' }).click();
  await shoot(page, 'delete-account');
  await page.keyboard.press('Escape');
  await server.stop();
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await page.waitForURL(/login/);
  await page.waitForTimeout(2000);
  await shoot(page, 'signed-out-here-only');
  await server.start();
  await signInHere(page, person);
  await page.waitForURL(/profile/);
  await page.evaluate(() => localStorage.removeItem('tally.session'));
  await page.route('**/api/auth/refresh', (route) => route.abort());
  await page.reload();
  await page.waitForTimeout(4500);
  await shoot(page, 'unreachable');
});
