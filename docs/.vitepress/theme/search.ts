/** MiniSearch with our words. Stands for the package in pages: see `searchByWords` in ../search.ts. */
import MiniSearch from 'minisearch';
import type { Options } from 'minisearch';
import { wordsOf } from './words.ts';

export default class SearchByWords<T> extends MiniSearch<T> {
  static override loadJSON<T>(json: string, options: Options<T>): MiniSearch<T> {
    return super.loadJSON(json, { ...options, tokenize: wordsOf });
  }
}
