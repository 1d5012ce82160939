import { describe, expect, test } from 'vitest';
import { en, twice, zhCN } from './catalogues';

const SOURCES = import.meta.glob<string>(
  ['../src/**/*.vue', '../src/**/*.ts', '!../src/words/**'],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
);

function keysOf(words: object, prefix = ''): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keysOf(value as object, `${prefix}${key}.`),
  );
}

/** Each once: a text with a plural names them in both forms. */
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();

const textOf = (words: object, key: string): string =>
  key
    .split('.')
    .reduce((part: unknown, name) => (part as Record<string, unknown>)[name], words) as string;

/** Quoted texts and template literals of the sources; `${…}` matches one or more parts of a key. */
const mentions = Object.values(SOURCES).flatMap((source) =>
  [...source.matchAll(/(['"`])((?:[\w-]+\.)?[\w.-]*(?:\$\{[^`]*?\}[\w.]*)*)\1/g)].map(
    (match) => match[2] ?? '',
  ),
);
const literal = new Set(mentions);
const patterns = mentions
  .filter((text) => /^[\w.]+\.\$\{/.test(text))
  .map((text) => new RegExp(`^${text.replace(/[.]/g, '\\.').replace(/\$\{.*?\}/g, '[\\w.:-]+')}$`));

describe('the catalogues', () => {
  test('have the same keys', () => {
    expect(keysOf(zhCN).sort()).toEqual(keysOf(en).sort());
  });

  test('are in parts that share no group', () => {
    expect(twice).toEqual([]);
  });

  test('have the same placeholders in the same texts', () => {
    for (const key of keysOf(en))
      expect([key, placeholders(textOf(zhCN, key))]).toEqual([key, placeholders(textOf(en, key))]);
  });

  test('hold no text that nobody shows', () => {
    const used = (key: string): boolean =>
      literal.has(key) || patterns.some((pattern) => pattern.test(key));
    expect(keysOf(en).filter((key) => !used(key))).toEqual([]);
  });

  test('hold every text that somebody asks for', () => {
    const known = new Set(keysOf(en));
    const groups = new RegExp(`^(${Object.keys(en).join('|')})\\.[\\w.]+$`);
    // In single quotes in code; in double ones only as a key path, the rest are expressions.
    const quoted = Object.values(SOURCES).flatMap((source) =>
      [...source.matchAll(/(?:'|keypath=")([\w.]+)['"]/g)].map((match) => match[1] ?? ''),
    );
    const asked = quoted.filter((text) => groups.test(text));
    expect(asked.length).toBeGreaterThan(80);
    expect(asked.filter((key) => !known.has(key))).toEqual([]);
  });

  test('are written in their own language', () => {
    const chinese = (text: string): boolean => /[\u4e00-\u9fff]/.test(text);
    expect(keysOf(en).filter((key) => chinese(textOf(en, key)))).toEqual([]);
    expect(keysOf(zhCN).filter((key) => !chinese(textOf(zhCN, key)))).toEqual([]);
  });
});
