/** The built site: every page is there, and no page asks for what its policy forbids. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GROUPS } from '../.vitepress/navigation.ts';
import { allPages } from '../.vitepress/pages.ts';
import { wordsOf } from '../.vitepress/theme/words.ts';

const DOCS = resolve(import.meta.dirname, '..');

let site: string;
/** The files of the site and what they hold, by their path. */
const files = new Map<string, string>();

beforeAll(async () => {
  site = await mkdtemp(join(tmpdir(), 'tally-site-'));
  // VitePress fails on a dead link.
  await promisify(execFile)('npx', ['--no-install', 'vitepress', 'build', '--outDir', site], {
    cwd: DOCS,
    maxBuffer: 1 << 24,
  });
  const entries = await readdir(site, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(site.length + 1), await readFile(path, 'utf-8'));
  }
});
afterAll(() => rm(site, { recursive: true, force: true }));

/** The files whose name has an ending, as pairs of path and text. */
const ending = (...endings: string[]) =>
  [...files].filter(([path]) => endings.some((one) => path.endsWith(one)));

test('every page of the repository is a page of the site, with its title', () => {
  const pages = [...allPages().values()];
  expect(pages.length).toBeGreaterThan(30);
  for (const { route, language } of pages) {
    const html = files.get(route.replace(/\.md$/, '.html')) ?? '';
    expect(html, route).toContain('<h1 ');
    expect(html, route).toContain(`<html lang="${language}"`);
  }
});

test('every page is there in both languages, since the language menu leads to its twin', () => {
  const pages = [...allPages().values()];
  const names = (language: string) =>
    pages.filter((page) => page.language === language).map(({ name }) => name);
  expect(names('zh-CN').sort()).toEqual(names('en').sort());
});

test('no page is listed twice, and the start page comes first', () => {
  const listed = GROUPS.flatMap(({ pages }) => pages);
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed[0]).toBe('index');
});

test('pages have no script, style or handler inside', () => {
  const pages = ending('.html');
  expect(pages.length).toBeGreaterThan(30);
  for (const [path, html] of pages) {
    expect(html.match(/<script[^>]*>[^<]+/g) ?? [], path).toEqual([]);
    expect(html.match(/<style|<[^>]* style="|<[^>]* on[a-z]+="/g) ?? [], path).toEqual([]);
  }
  // Pages that are loaded later put their HTML together in the browser, under the same policy.
  for (const [path, script] of ending('.js').filter(([name]) => name.includes('.md.')))
    expect(script.match(/ style=\\?"/g) ?? [], path).toEqual([]);
});

test('no script makes code of texts', () => {
  for (const [path, script] of ending('.js')) expect(script, path).not.toContain('new Function(');
});

test('no page loads anything from another host', () => {
  const asked = [...ending('.html', '.css')].flatMap(([path, text]) => {
    const loads = /<(?:script|link|img|iframe|source)[^>]* (?:src|href)="(?:[a-z]+:)?\/\/[^"]*"/g;
    const styles = /(?:url\(["']?|@import ["'])(?:https?:)?\/\/[^)"']*/g;
    return [...text.matchAll(loads), ...text.matchAll(styles)].map(([found]) => [path, found]);
  });
  expect(asked).toEqual([]);
  expect(ending('.woff', '.woff2', '.ttf')).toEqual([]);
});

test('links between pages lead to pages, and links to other files are texts', () => {
  const html = files.get('embedding.html') ?? '';
  expect(html).toContain('href="/docs/settings.html"');
  expect(html).toContain('<span class="in-repository" title="examples/flask_jwt_extended">');
  expect(files.get('zh-CN/index.html')).toContain('href="/docs/zh-CN/embedding.html"');
  for (const [path, text] of ending('.html'))
    for (const [, target, anchor] of text.matchAll(/ href="\/docs\/([^"#]*)(#[^"]*)?"/g)) {
      const file = target === '' || target?.endsWith('/') ? `${target}index.html` : (target ?? '');
      expect([...files.keys()], `${path} links to ${file}`).toContain(file);
      if (anchor)
        expect(files.get(file), path).toContain(`id="${decodeURIComponent(anchor.slice(1))}"`);
    }
});

test('the search counts words, and pairs of Chinese characters', () => {
  expect(wordsOf('Sign out, v2')).toEqual(['sign', 'out', 'v2']);
  expect(wordsOf('TALLY_ACCESS_TTL')).toEqual(['tally_access_ttl']);
  expect(wordsOf('退出登录 logout')).toEqual(['退出', '出登', '登录', 'logout']);
  expect(wordsOf('登')).toEqual(['登']);
});
