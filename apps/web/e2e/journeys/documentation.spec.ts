import type { Page } from '@playwright/test';
import { expect, test } from '../rig/test.ts';

/** Reads on by the sidebar, changes the theme, and finds a page by a word of the reader's language. */
async function readOn(page: Page, link: string, heading: string): Promise<void> {
  await page.getByRole('link', { name: link, exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(heading);
}

async function find(page: Page, button: string, words: string, found: string): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  await page.getByRole('searchbox').fill(words);
  await page.getByRole('option').filter({ hasText: found }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(found);
}

// Violated policies and foreign hosts fail every test: see the rig.
test('the documentation is read, searched and coloured without a word to another host', async ({
  page,
}) => {
  await page.goto('/docs/');
  await readOn(page, 'Settings', 'Settings');
  await find(page, 'Search', 'glossary', 'Glossary');
  const switcher = page.getByRole('switch').first();
  await switcher.click();
  await expect(page.locator('html')).toHaveClass(/dark/);
  await page.reload();
  await expect(page.locator('html')).toHaveClass(/dark/);
});

test('the documentation speaks Chinese, and finds Chinese words', async ({ page }) => {
  await page.goto('/docs/zh-CN/');
  await readOn(page, '设置', '设置');
  await find(page, '搜索', '术语', '术语表');
});
