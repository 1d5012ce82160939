import { fakeFiles } from '../rig/fake_files.ts';
import { expect, signIn, test } from '../rig/test.ts';

test('pictures are opened, leafed through with arrows, and closed with Esc, by keyboard', async ({
  page,
  person,
}) => {
  await fakeFiles(page);
  await signIn(page, person, '/login?redirect=/files');
  const first = page.getByRole('button', { name: 'Open IMG_200.jpg' });
  await first.focus();
  await page.keyboard.press('Enter');
  const preview = page.getByRole('dialog', { name: 'IMG_200.jpg' });
  await expect(preview.getByRole('img')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog', { name: 'IMG_201.jpg' })).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  await expect(preview).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(preview).toBeHidden();
  await expect(first).toBeFocused();
});

test('a deletion is taken back before the server hears of it; another is carried out', async ({
  page,
  person,
}) => {
  const files = await fakeFiles(page, 3);
  await signIn(page, person, '/login?redirect=/files');
  await page.getByRole('button', { name: 'Delete IMG_201.jpg' }).click();
  await expect(page.getByRole('button', { name: 'Open IMG_201.jpg' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('button', { name: 'Open IMG_201.jpg' })).toBeVisible();
  expect(files.names()).toHaveLength(3);
  await page.getByRole('button', { name: 'Delete IMG_202.jpg' }).click();
  await page.getByRole('link', { name: 'Profile', exact: true }).click();
  await expect.poll(() => files.names()).not.toContain('IMG_202.jpg');
});

test('a chosen picture is uploaded and comes first; a refusal is told beside its name', async ({
  page,
  person,
}) => {
  await fakeFiles(page, 2);
  await signIn(page, person, '/login?redirect=/files');
  const choose = async (name: string) =>
    page
      .locator('input[type="file"]')
      .setInputFiles({ name, mimeType: 'image/png', buffer: Buffer.from('png') });
  await choose('new.png');
  await expect(page.locator('main li').first()).toContainText('uploaded.png');
  await page.route('**/api/files', (route) =>
    route.fulfill({
      status: 413,
      json: { code: 'payload_too_large', message: 'This file is too large.', status: 413 },
    }),
  );
  await choose('huge.png');
  await expect(page.getByRole('alert')).toHaveText('This file is too large.');
  await page.getByRole('button', { name: 'Dismiss huge.png' }).click();
  await expect(page.getByText('huge.png')).toHaveCount(0);
});

test('no pictures: an invitation; many: more of them while scrolling', async ({ page, person }) => {
  await fakeFiles(page, 0);
  await signIn(page, person, '/login?redirect=/files');
  await expect(page.getByText('No pictures yet')).toBeVisible();
  await page.unrouteAll();
  await fakeFiles(page, 75);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Open IMG_200.jpg' })).toBeVisible();
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, 4000);
      return page.locator('main ul > li').count();
    })
    .toBe(75);
});
