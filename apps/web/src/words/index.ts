import { watch } from 'vue';
import { createI18n } from 'vue-i18n';
import type { Language } from '@/look/language';
import { language } from '@/look/language';
import type { FirstWords } from './en';
import { compileMessage } from './format';
import type { MoreWords } from './more/en';

type Words = FirstWords & MoreWords;

/** A part of the catalogue: how to fetch it in each language. */
export type Part = Record<Language, () => Promise<{ default: object }>>;

/** What the pages for visitors say, and nothing else: it is part of the first load. */
const FIRST: Part = { en: () => import('./en'), 'zh-CN': () => import('./zh-CN') };

const MORE: Part = { en: () => import('./more/en'), 'zh-CN': () => import('./more/zh-CN') };

export const i18n = createI18n<[Words], Language, false>({
  legacy: false,
  messageCompiler: compileMessage,
  locale: language.value,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
});

/** Those that a page was shown of. */
const needed = new Set([FIRST]);

/** Fetches the words of the language spoken: only that one, and only as many as were needed. */
export async function loadWords(): Promise<void> {
  const wanted = language.value;
  const parts = [...needed].map((part) => part[wanted]());
  for (const { default: words } of await Promise.all(parts))
    i18n.global.mergeLocaleMessage(wanted, words as Words);
  // A slow catalogue must not overrule a later choice.
  if (wanted === language.value) i18n.global.locale.value = wanted;
}

/** Fetches another part of them, too. */
export function loadMoreWords(part: Part): Promise<void> {
  needed.add(part);
  return loadWords();
}

/** Fetches what is said past the first page. */
export const loadAllWords = (): Promise<void> => loadMoreWords(MORE);

/** A component that needs more words, and what loads it. */
export const withAllWords =
  <T>(load: () => Promise<T>, part: Part = MORE): (() => Promise<T>) =>
  async () =>
    (await Promise.all([load(), loadMoreWords(part)]))[0];

watch(language, () => void loadWords());
