/*
 * Runs before the first paint as a classic script, see build/first_paint_plugin.ts. It imports nothing,
 * so the two storage keys and the language rule stand here and in look.ts; a test holds them together.
 */
const root = document.documentElement;

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

const theme = stored('tally.theme');
const dark =
  theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
root.classList.toggle('dark', dark);
root.dataset.theme = dark ? 'tally-dark' : 'tally';

const chosen = stored('tally.language');
const first = navigator.languages[0] ?? navigator.language;
root.lang = chosen === 'zh-CN' || chosen === 'en' ? chosen : /^zh\b/i.test(first) ? 'zh-CN' : 'en';

// A module for the type checker's sake; the build takes this line out again.
export {};
