import { fileURLToPath } from 'node:url';
import type { DefaultTheme, Plugin } from 'vitepress';
import { wordsOf } from './theme/words.ts';

const OURS = fileURLToPath(new URL('./theme/search.ts', import.meta.url));

/** What the search is told when it makes its index. */
export const indexing: NonNullable<DefaultTheme.LocalSearchOptions['miniSearch']> = {
  options: { tokenize: wordsOf },
};

/**
 * Gives pages the same words as the index has. VitePress would send the function to them as a text and
 * evaluate it, which their policy forbids.
 */
export function searchByWords(): Plugin {
  let forServer = false;
  return {
    name: 'tally:search-by-words',
    apply: 'build',
    enforce: 'pre',
    configResolved({ build }) {
      forServer = Boolean(build.ssr);
    },
    resolveId: (id, importer) => (id === 'minisearch' && importer !== OURS ? OURS : undefined),
    writeBundle() {
      // The index is made now. What is left here is written into the pages next.
      if (!forServer) delete indexing.options;
    },
  };
}
