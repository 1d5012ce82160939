import { expect, signIn, test } from '../rig/test.ts';

const CONFIRMED = 'You are signed out, here and on the server.';

test('signing out ends the session on the server: kept cookies open nothing', async ({
  page,
  context,
  server,
  person,
}) => {
  await signIn(page, person);
  const kept = await context.cookies();
  await page.getByRole('button', { name: 'Sign out safely' }).click();
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  expect((await context.cookies()).filter(({ httpOnly }) => httpOnly)).toEqual([]);
  const cookie = kept.map(({ name, value }) => `${name}=${value}`).join('; ');
  const answer = await fetch(`${server.origin}/api/me`, { headers: { cookie } });
  expect(answer.status).toBe(401);
});

test('34 signing out in one tab takes the others along, without a word from the server', async ({
  page,
  context,
  person,
}) => {
  await signIn(page, person);
  const others = [await context.newPage(), await context.newPage()];
  for (const other of others) {
    await other.goto('/history');
    await expect(other.getByText('Signed in').first()).toBeVisible();
    await other.route('**/api/**', (route) => route.abort());
  }
  await page.getByRole('button', { name: 'Sign out safely' }).click();
  for (const other of others) {
    await expect(other).toHaveURL(/\/login$/);
    await expect(other.getByText('127.0.0.1')).toHaveCount(0);
  }
});

test('35 signing out in one tab while another refreshes: nobody is signed in again', async ({
  page,
  context,
  person,
}) => {
  await signIn(page, person);
  const other = await context.newPage();
  await other.goto('/profile');
  await expect(other.getByRole('timer')).toBeVisible();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await context.route('**/api/auth/refresh', async (route) => {
    const answer = await route.fetch();
    await held;
    await route.fulfill({ response: answer });
  });
  const asked = other.waitForRequest('**/api/auth/refresh');
  await other.getByRole('button', { name: 'Renew now' }).click();
  await asked;
  await page.getByRole('button', { name: 'Sign out safely' }).click();
  await expect(page).toHaveURL(/\/login$/);
  release();
  await expect(other).toHaveURL(/\/login$/);
  await page.waitForTimeout(1000);
  for (const tab of [page, other]) {
    await tab.goto('/profile');
    await expect(tab).toHaveURL(/\/login$/);
  }
});

test('36 another person signs in in another tab: nothing of the first is left here', async ({
  page,
  context,
  server,
  person,
}) => {
  await signIn(page, person);
  await expect(page.getByText(person.username).first()).toBeVisible();
  const second = { ...person, username: `${person.username}-b` };
  await fetch(`${server.origin}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(second),
  });
  const other = await context.newPage();
  await other.goto('/profile');
  await other.getByRole('button', { name: 'Sign out safely' }).click();
  await expect(page).toHaveURL(/\/login$/);
  await signIn(other, second);
  await expect(page).toHaveURL(/\/profile$/);
  await expect(page.getByRole('heading', { name: second.username })).toBeVisible();
  await expect(page.getByText(person.username, { exact: true })).toHaveCount(0);
});

test('37 going back after signing out shows nothing that was protected', async ({
  page,
  person,
}) => {
  await signIn(page, person);
  await page.goto('/devices');
  await expect(page.getByText('This device', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  await page.goto('/no/such/page');
  for (let steps = 0; steps < 3; steps++) {
    await page.goBack().catch(() => null);
    await page.waitForTimeout(300);
    expect(await page.locator('body').innerText()).not.toContain('127.0.0.1');
  }
  await expect(page).not.toHaveURL(/\/devices/);
});

test('37 a page restored from the back/forward cache after signing out elsewhere', async ({
  page,
  context,
  person,
}) => {
  await signIn(page, person);
  await page.goto('/devices');
  await expect(page.getByText('This device', { exact: true })).toBeVisible();
  await page.goto('about:blank');
  const other = await context.newPage();
  await other.goto('/profile');
  await other.getByRole('button', { name: 'Sign out safely' }).click();
  await expect(other.getByText(CONFIRMED)).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByText('This device', { exact: true })).toHaveCount(0);
});

test('the server down at sign-out: signed out here, and the page tells the truth', async ({
  page,
  server,
  person,
}) => {
  await signIn(page, person);
  // A page that was loaded while signed in: nothing of the sign-in page was needed yet.
  await page.goto('/security', { waitUntil: 'networkidle' });
  await server.stop();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login$/);
  await expect(page.getByText('You are signed out on this device only')).toBeVisible();
  await expect(page.getByText(/ends by itself on/).locator('time')).toBeVisible();
  await server.start();
});

test('61 signed out offline, reloaded online: still signed out, and the server is told first', async ({
  page,
  context,
  person,
}) => {
  await signIn(page, person);
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Sign out safely' }).click();
  await expect(page.getByText('You are signed out on this device only')).toBeVisible();
  await context.setOffline(false);

  const calls: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) calls.push(`${request.method()} ${pathname}`);
  });
  await page.reload();
  await page.goto('/profile');
  await expect(page).toHaveURL(/\/login$/);
  await expect
    .poll(async () => (await context.cookies()).filter(({ httpOnly }) => httpOnly).length)
    .toBe(0);
  expect(calls[0]).toBe('DELETE /api/auth/logout');
  expect(calls).not.toContain('POST /api/auth/refresh');
});

test('a page whose code cannot be fetched says so, and is there on the next try', async ({
  page,
  server,
  person,
}) => {
  await signIn(page, person);
  await server.stop();
  await page.getByRole('link', { name: 'My files' }).click();
  await expect(page.getByText('This page could not be loaded.')).toBeVisible();
  await expect(page).toHaveURL(/\/profile$/);
  await server.start();
  await page.getByRole('link', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'My files', level: 1 })).toBeVisible();
});
