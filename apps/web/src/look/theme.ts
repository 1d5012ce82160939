import { ref, watch } from 'vue';
import { recall, remember } from './remembered';

export const THEME_KEY = 'tally.theme';

export type Theme = 'light' | 'dark';

const root = document.documentElement;

/** The theme shown; first_paint.ts has set it before anything was drawn. */
export const theme = ref<Theme>(root.classList.contains('dark') ? 'dark' : 'light');

// Element Plus looks at the class, DaisyUI at the attribute: one without the other is half a theme.
watch(
  theme,
  (chosen) => {
    root.classList.toggle('dark', chosen === 'dark');
    root.dataset.theme = chosen === 'dark' ? 'tally-dark' : 'tally';
  },
  { flush: 'sync' },
);

/** Takes the visitor's choice, for this and later visits. */
export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  remember(THEME_KEY, chosen);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ({ matches }) => {
  if (recall(THEME_KEY) === null) theme.value = matches ? 'dark' : 'light';
});
