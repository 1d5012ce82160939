import { watch } from 'vue';
import { createI18n } from 'vue-i18n';
import type { Language } from '@/look/language';
import { language } from '@/look/language';
import type { Words } from './en';
import { compileMessage } from './format';

const CATALOGUES: Record<Language, () => Promise<{ default: Words }>> = {
  en: () => import('./en'),
  'zh-CN': () => import('./zh-CN'),
};

export const i18n = createI18n<[Words], Language, false>({
  legacy: false,
  messageCompiler: compileMessage,
  locale: language.value,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
});

/** Fetches the words of the language spoken; only that one is part of the first load. */
export async function loadWords(): Promise<void> {
  const wanted = language.value;
  const { default: words } = await CATALOGUES[wanted]();
  i18n.global.setLocaleMessage(wanted, words);
  // A slow catalogue must not overrule a later choice.
  if (wanted === language.value) i18n.global.locale.value = wanted;
}

watch(language, () => void loadWords());
