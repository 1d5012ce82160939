import { ref } from 'vue';
import { remember } from './remembered';

export const LANGUAGE_KEY = 'tally.language';

export const LANGUAGES = ['zh-CN', 'en'] as const;

export type Language = (typeof LANGUAGES)[number];

/** The language spoken; first_paint.ts has put it on `<html>`. */
export const language = ref<Language>(document.documentElement.lang === 'zh-CN' ? 'zh-CN' : 'en');

/** Takes the visitor's choice, for this and later visits. */
export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  document.documentElement.lang = chosen;
  remember(LANGUAGE_KEY, chosen);
}
