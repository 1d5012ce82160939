import { beforeEach, describe, expect, test, vi } from 'vitest';
import { chooseLanguage, LANGUAGE_KEY } from '../src/look/language';
import { chooseTheme, THEME_KEY } from '../src/look/theme';

const root = document.documentElement;
const shown = () => [root.classList.contains('dark'), root.dataset.theme, root.lang];

/** Loads the page's first script as a new visit does. */
async function visit(): Promise<void> {
  root.className = '';
  delete root.dataset.theme;
  root.lang = '';
  vi.resetModules();
  await import('../src/first_paint');
}

beforeEach(() => localStorage.clear());

describe('before the first paint', () => {
  test('class and attribute are set together, by the system where nobody chose', async () => {
    vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
    await visit();
    expect(shown().slice(0, 2)).toEqual([true, 'tally-dark']);
    vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }));
    await visit();
    expect(shown().slice(0, 2)).toEqual([false, 'tally']);
  });

  test('a choice made on the page is what the next visit begins with', async () => {
    chooseTheme('dark');
    chooseLanguage('zh-CN');
    expect(shown()).toEqual([true, 'tally-dark', 'zh-CN']);
    await visit();
    expect(shown()).toEqual([true, 'tally-dark', 'zh-CN']);
    chooseTheme('light');
    chooseLanguage('en');
    await visit();
    expect(shown()).toEqual([false, 'tally', 'en']);
    expect([localStorage.getItem(THEME_KEY), localStorage.getItem(LANGUAGE_KEY)]).toEqual([
      'light',
      'en',
    ]);
  });

  test.each([
    ['zh-TW', 'zh-CN'],
    ['zh', 'zh-CN'],
    ['en-GB', 'en'],
    ['fr', 'en'],
    ['zha', 'en'],
  ])('a browser in %s is spoken to in %s', async (spoken, expected) => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue([spoken]);
    await visit();
    expect(root.lang).toBe(expected);
  });

  test('blocked storage stops nothing', async () => {
    vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
      throw new DOMException('blocked', 'SecurityError');
    });
    await visit();
    expect(root.dataset.theme).toBe('tally');
  });
});
