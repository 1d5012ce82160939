/** The two languages. A choice made here outlives the page; before one, the system's counts. */
import { computed, ref, watchEffect } from 'vue';
import { en } from './en';
import { zhCN } from './zh-CN';
import type { Words } from './zh-CN';

export type { TimeUnit, Words } from './zh-CN';
export type Language = 'zh-CN' | 'en';

const KEY = 'tally.language';
const CATALOGUES: Readonly<Record<Language, Words>> = { 'zh-CN': zhCN, en };

/** The choice made here before; a phone whose storage fails has none. */
function chosen(): unknown {
  try {
    return uni.getStorageSync(KEY);
  } catch {
    return undefined;
  }
}

function initial(): Language {
  const choice = chosen();
  if (choice === 'zh-CN' || choice === 'en') return choice;
  return uni.getLocale().startsWith('zh') ? 'zh-CN' : 'en';
}

/** The language of the interface, and of what the server says to people. */
export const language = ref<Language>(initial());

// #ifdef H5
watchEffect(() => {
  document.documentElement.lang = language.value;
});
// #endif

/** What to say, in {@link language}. */
export const words = computed(() => CATALOGUES[language.value]);

/** Changes to the other language. */
export function switchLanguage(): void {
  language.value = language.value === 'en' ? 'zh-CN' : 'en';
  try {
    uni.setStorageSync(KEY, language.value);
  } catch {
    // Then it lasts until the app is closed.
  }
}
