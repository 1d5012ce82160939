import { png } from '../rig/png.ts';
import { expect, signIn, test } from '../rig/test.ts';

// The whole way, with the real service behind the page; files.spec.ts is about the page alone.
test('a picture is uploaded, seen, refused when it is none, and gone after its deletion', async ({
  page,
  person,
}) => {
  await signIn(page, person, '/login?redirect=/files');
  await expect(page.getByText('No pictures yet')).toBeVisible();
  const choose = (name: string, buffer: Buffer) =>
    page.locator('input[type="file"]').setInputFiles({ name, mimeType: 'image/png', buffer });

  await choose('lake.png', png(640, 400, [31, 107, 90]));
  const tile = page.getByRole('button', { name: 'Open lake.png' });
  await expect(tile).toBeVisible();
  await expect
    .poll(() => tile.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);

  await choose('poem.png', Buffer.from('two halves make one'));
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Open poem.png' })).toHaveCount(0);

  await page.reload();
  await tile.click();
  const preview = page.getByRole('dialog', { name: 'lake.png' });
  await expect
    .poll(() => preview.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBe(640);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Delete lake.png' }).click();
  await page.getByRole('link', { name: 'Profile', exact: true }).click();
  await expect
    .poll(async () => {
      const answer = await page.request.get('/api/files');
      return ((await answer.json()) as { files: unknown[] }).files.length;
    })
    .toBe(0);
});
