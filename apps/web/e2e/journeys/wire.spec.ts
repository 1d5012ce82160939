import type { CDPSession, Page } from '@playwright/test';
import { expect, PASSWORD, test } from '../rig/test.ts';

/** What a first visit costs at the most: bytes as they come over the wire, and requests. */
const LOGIN = { bytes: 110_000, requests: 12 };
const REGISTER = { bytes: 180_000 };

/** Counts what the browser receives, headers and compression included. */
async function count(page: Page): Promise<{ bytes: number; asked: string[] }> {
  const found = { bytes: 0, asked: [] as string[] };
  const wire: CDPSession = await page.context().newCDPSession(page);
  await wire.send('Network.enable');
  wire.on('Network.requestWillBeSent', ({ request }) => {
    if (request.url.startsWith('http')) found.asked.push(new URL(request.url).pathname);
  });
  wire.on('Network.loadingFinished', ({ encodedDataLength }) => {
    found.bytes += encodedDataLength;
  });
  return found;
}

for (const locale of ['zh-CN', 'en-GB'])
  test.describe(locale, () => {
    test.use({ locale });

    test('a first visit of the sign-in page is small and takes few requests', async ({ page }) => {
      const found = await count(page);
      await page.goto('/login', { waitUntil: 'networkidle' });
      await expect(page.locator('[name="password"]')).toBeVisible();
      expect(found.asked.length, found.asked.join('\n')).toBeLessThanOrEqual(LOGIN.requests);
      expect(found.bytes, found.asked.join('\n')).toBeLessThanOrEqual(LOGIN.bytes);
    });

    test('a first visit that ends with a chosen password is small', async ({ page }) => {
      const found = await count(page);
      await page.goto('/register');
      const words = page.waitForResponse(/password-words/);
      await page.locator('[name="password"]').fill(PASSWORD);
      await (await words).finished();
      await page.waitForLoadState('networkidle');
      expect(found.bytes, found.asked.join('\n')).toBeLessThanOrEqual(REGISTER.bytes);
    });
  });

test('a compressed file is the same file', async ({ page, server }) => {
  await page.goto('/login');
  const source = await page.locator('script[type="module"]').getAttribute('src');
  const address = `${server.origin}${source ?? ''}`;
  const texts = await Promise.all(
    ['br', 'gzip', 'identity'].map(async (encoding) => {
      const answer = await fetch(address, { headers: { 'accept-encoding': encoding } });
      expect(answer.headers.get('content-encoding') ?? 'identity').toBe(encoding);
      expect(answer.headers.get('content-type')).toMatch(/javascript/);
      expect(answer.headers.get('vary')).toContain('Accept-Encoding');
      return answer.text();
    }),
  );
  expect(new Set(texts).size).toBe(1);
});
