import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import type { DefaultTheme } from 'vitepress';
import { classesForColours, codeTheme } from './highlight.ts';
import { anchorOf, linkPages } from './links.ts';
import { sidebar } from './navigation.ts';
import { allPages, layOut } from './pages.ts';
import { Policy } from './policy.ts';
import { indexing, searchByWords } from './search.ts';
import { CHINESE, SEARCH_IN_CHINESE } from './words.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const BASE = '/docs/';
const pages = allPages();
const policy = new Policy(BASE);

export default defineConfig({
  title: 'Tiger Tally 虎符',
  description: 'Sign-in for Python web applications, with real sign-out.',
  base: BASE,
  srcDir: layOut(pages),
  outDir: here('../../src/tigertally/site'),
  cacheDir: here('../../.cache/vitepress'),
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${BASE}favicon.svg` }]],
  // Otherwise a style is put into the page, which its policy forbids.
  appearance: { disableTransition: false },
  metaChunk: true,
  vite: {
    publicDir: here('../../apps/web/public'),
    logLevel: 'warn',
    plugins: [searchByWords()],
    // The index of the search, which is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 2000 },
  },
  markdown: {
    // Readers copy addresses; most of those in texts are nobody's to visit.
    linkify: false,
    theme: codeTheme,
    codeTransformers: [classesForColours],
    anchor: { slugify: anchorOf },
    config: linkPages(pages),
  },
  transformHtml: (html) => policy.applied(html),
  buildEnd: ({ outDir }) => policy.write(outDir),
  locales: {
    root: { label: 'English', lang: 'en', themeConfig: { sidebar: sidebar(pages, 'en') } },
    'zh-CN': {
      label: '简体中文',
      lang: 'zh-CN',
      description: 'Python Web 应用的登录系统，退出登录真正生效。',
      themeConfig: { ...CHINESE, sidebar: sidebar(pages, 'zh-CN') },
    },
  },
  themeConfig: {
    logo: '/favicon.svg',
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: indexing,
        locales: { 'zh-CN': SEARCH_IN_CHINESE },
      },
    },
  } satisfies DefaultTheme.Config,
});
