import type { Page } from '@playwright/test';
import { addPictures } from '../rig/pictures.ts';
import { png } from '../rig/png.ts';
import { expect, signIn, test } from '../rig/test.ts';

/** Names of the pictures that the service keeps, newest first. */
async function kept(page: Page): Promise<string[]> {
  const answer = await page.request.get('/api/files');
  return ((await answer.json()) as { files: { name: string }[] }).files.map(({ name }) => name);
}

const choose = (page: Page, name: string, buffer: Buffer): Promise<void> =>
  page.locator('input[type="file"]').setInputFiles({ name, mimeType: 'image/png', buffer });

test('pictures are opened, leafed through with arrows, and closed with Esc, by keyboard', async ({
  page,
  server,
  person,
}) => {
  await addPictures(server, person, 3);
  await signIn(page, person, '/login?redirect=/files');
  const first = page.getByRole('button', { name: 'Open IMG_200.png' });
  await first.focus();
  await page.keyboard.press('Enter');
  const preview = page.getByRole('dialog', { name: 'IMG_200.png' });
  await expect(preview.getByRole('img')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog', { name: 'IMG_201.png' })).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  await expect(preview).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(preview).toBeHidden();
  await expect(first).toBeFocused();
});

test('a deletion is undone before the server hears of it; another is carried out', async ({
  page,
  server,
  person,
}) => {
  await addPictures(server, person, 3);
  await page.clock.install();
  await signIn(page, person, '/login?redirect=/files');
  const remove = page.getByRole('button', { name: 'Delete IMG_201.png' });
  await expect(remove).toBeVisible();
  // However busy the machine is, the time for second thoughts is not over yet.
  await page.clock.pauseAt(Date.now() + 1000);
  await remove.click();
  await expect(page.getByRole('button', { name: 'Open IMG_201.png' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.clock.resume();
  await expect(page.getByRole('button', { name: 'Open IMG_201.png' })).toBeVisible();
  expect(await kept(page)).toHaveLength(3);
  await page.getByRole('button', { name: 'Delete IMG_202.png' }).click();
  await page.getByRole('link', { name: 'Profile', exact: true }).click();
  await expect.poll(() => kept(page)).toEqual(['IMG_200.png', 'IMG_201.png']);
});

test('a picture is uploaded, comes first and is seen; what is none is refused beside its name', async ({
  page,
  server,
  person,
}) => {
  await addPictures(server, person, 2);
  await signIn(page, person, '/login?redirect=/files');
  await expect(page.getByRole('button', { name: 'Open IMG_200.png' })).toBeVisible();
  await choose(page, 'lake.png', png(640, 400, [31, 107, 90]));
  await expect(page.locator('main li').first()).toContainText('lake.png');
  const tile = page.getByRole('button', { name: 'Open lake.png' });
  await expect
    .poll(() => tile.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);

  await choose(page, 'poem.png', Buffer.from('two halves make one'));
  await expect(page.getByRole('alert')).toContainText('JPEG');
  await expect(page.getByRole('button', { name: 'Open poem.png' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Dismiss poem.png' }).click();
  await expect(page.getByText('poem.png')).toHaveCount(0);

  await page.reload();
  await tile.click();
  const preview = page.getByRole('dialog', { name: 'lake.png' });
  await expect
    .poll(() => preview.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBe(640);
});

test('no pictures: an invitation; many: more of them while scrolling', async ({
  page,
  server,
  person,
}) => {
  await signIn(page, person, '/login?redirect=/files');
  await expect(page.getByText('No pictures yet')).toBeVisible();
  await addPictures(server, person, 75);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Open IMG_200.png' })).toBeVisible();
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, 4000);
      return page.locator('main ul > li').count();
    })
    .toBe(75);
});
