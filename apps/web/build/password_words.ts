import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';
import type { Plugin } from 'vite';

import { PINYIN } from './pinyin.ts';

const NAME = 'virtual:password-words';
const RESOLVED = `\0${NAME}`;

/**
 * The words that passwords are made of, the most frequent first.
 *
 * The packages' whole lists are ten times as large as the rest of the page. Whoever guesses begins at
 * their top, and so do these.
 */
const WORDS = {
  passwords: common['passwords-common'].slice(0, 10_000),
  english: english['commonWords-en'].slice(0, 3_000),
  names: english['firstnames-en'].slice(0, 1_000),
  pinyin: PINYIN,
};

/** Makes the lists, as words with blanks between, and the keyboards importable. */
export function passwordWords(): Plugin {
  return {
    name: 'tally:password-words',
    resolveId: (source) => (source === NAME ? RESOLVED : undefined),
    load(id) {
      if (id !== RESOLVED) return undefined;
      const texts = Object.entries(WORDS).map(([name, words]) => [name, words.join(' ')]);
      const words = JSON.stringify(Object.fromEntries(texts));
      return `export const words = ${words}; export const graphs = ${JSON.stringify(adjacencyGraphs)};`;
    },
  };
}
