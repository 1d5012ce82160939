/** Which files of the repository are pages, at which addresses, and under which titles. */
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export type Language = 'en' | 'zh-CN';

/**
 * Where pages lie: people read the same files in the repository. What exists in one language only is no
 * page, for the language menu of a page leads to its twin.
 */
const FOLDERS: Record<string, RegExp> = {
  '': /^(ARCHITECTURE|CONTRIBUTING)(\.zh-CN)?\.md$/,
  docs: /\.md$/,
  'packages/client': /^README(\.zh-CN)?\.md$/,
  'packages/uni': /^README(\.zh-CN)?\.md$/,
  'packages/verify': /^README(\.zh-CN)?\.md$/,
  'packages/vue': /^README(\.zh-CN)?\.md$/,
};

export interface Page {
  /** The path of the file in the repository. */
  file: string;
  /** What the page is called in both languages: `embedding`, `client`. */
  name: string;
  language: Language;
  /** The path of the page as VitePress counts it: `zh-CN/embedding.md`. */
  route: string;
  title: string;
}

/** All pages, by the path of their file. */
export function allPages(): Map<string, Page> {
  const files = Object.entries(FOLDERS).flatMap(([folder, names]) =>
    readdirSync(join(REPOSITORY, folder))
      .filter((name) => names.test(name))
      .map((name) => (folder ? `${folder}/${name}` : name)),
  );
  return new Map(files.sort().map((file) => [file, pageOf(file)]));
}

/**
 * Lays the pages out as VitePress wants them, each language in a folder of its own, and returns where. Its
 * rewrites would do without, but its search takes the language from where a file lies.
 */
export function layOut(pages: ReadonlyMap<string, Page>): string {
  // Below the repository, where the packages are found; no other build uses the same.
  const folder = join(REPOSITORY, `.cache/docs/${process.pid}`);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const { file, route } of pages.values()) {
    mkdirSync(dirname(join(folder, route)), { recursive: true });
    copyFileSync(join(REPOSITORY, file), join(folder, route));
  }
  for (const language of ['', 'zh-CN'])
    cpSync(join(REPOSITORY, 'docs/pictures'), join(folder, language, 'pictures'), {
      recursive: true,
    });
  return folder;
}

function pageOf(file: string): Page {
  const language = file.endsWith('.zh-CN.md') ? 'zh-CN' : 'en';
  const parts = file.replace(/(\.zh-CN)?\.md$/, '').split('/');
  // The README of a package is the page of that package.
  const name = (parts.at(-1) === 'README' ? parts.at(-2) : parts.at(-1))?.toLowerCase() ?? '';
  const route = language === 'en' ? `${name}.md` : `${language}/${name}.md`;
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(REPOSITORY, file), 'utf-8')) ?? [];
  if (!title) throw new Error(`${file} has no title: begin it with a line like "# Title".`);
  return { file, name, language, route, title };
}
