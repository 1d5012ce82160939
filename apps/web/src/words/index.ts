import { watch } from 'vue';
import { createI18n } from 'vue-i18n';
import type { Language } from '@/look/language';
import { language } from '@/look/language';
import type { FirstWords } from './en';
import { compileMessage } from './format';
import type { MoreWords } from './more/en';

type Words = FirstWords & MoreWords;

/** What the pages for visitors say, and nothing else: it is part of the first load. */
const FIRST: Record<Language, () => Promise<{ default: FirstWords }>> = {
  en: () => import('./en'),
  'zh-CN': () => import('./zh-CN'),
};

const MORE: Record<Language, () => Promise<{ default: MoreWords }>> = {
  en: () => import('./more/en'),
  'zh-CN': () => import('./more/zh-CN'),
};

export const i18n = createI18n<[Words], Language, false>({
  legacy: false,
  messageCompiler: compileMessage,
  locale: language.value,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
});

/** Whether a page was shown that needs {@link MORE}. */
let needsMore = false;

/** Fetches the words of the language spoken: only that one, and only as many as were needed. */
export async function loadWords(): Promise<void> {
  const wanted = language.value;
  const parts = needsMore ? [FIRST[wanted](), MORE[wanted]()] : [FIRST[wanted]()];
  for (const { default: words } of await Promise.all(parts))
    i18n.global.mergeLocaleMessage(wanted, words);
  // A slow catalogue must not overrule a later choice.
  if (wanted === language.value) i18n.global.locale.value = wanted;
}

/** Fetches the rest of them, too. */
export function loadAllWords(): Promise<void> {
  needsMore = true;
  return loadWords();
}

/** A component that needs them all, and what loads it. */
export const withAllWords =
  <T>(load: () => Promise<T>): (() => Promise<T>) =>
  async () =>
    (await Promise.all([load(), loadAllWords()]))[0];

watch(language, () => void loadWords());
