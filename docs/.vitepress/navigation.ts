/** Where each page stands in the sidebar. A page that is not named here comes last, under "More". */
import type { DefaultTheme } from 'vitepress';
import type { Language, Page } from './pages.ts';

interface Group {
  title: Record<Language, string>;
  /** Names of pages, in order. */
  pages: readonly string[];
}

export const GROUPS: readonly Group[] = [
  {
    title: { en: 'Begin', 'zh-CN': '入门' },
    pages: [
      'index',
      'start',
      'embedding',
      'browsers',
      'sessions',
      'roles',
      'verifier',
      'testing',
      'curl',
    ],
  },
  {
    title: { en: 'Coming from', 'zh-CN': '从其他方案迁移' },
    pages: ['flask-jwt-extended', 'flask-login', 'sa-token', 'simplejwt', 'fastapi-users'],
  },
  { title: { en: 'Ways to sign in', 'zh-CN': '登录方式' }, pages: ['codes', 'wechat'] },
  {
    title: { en: 'Packages on npm', 'zh-CN': 'npm 包' },
    pages: ['client', 'vue', 'uni', 'verify'],
  },
  {
    title: { en: 'Operate', 'zh-CN': '运维' },
    pages: ['operations', 'administration', 'settings', 'defences', 'data'],
  },
  {
    title: { en: 'Look up', 'zh-CN': '参考' },
    pages: ['errors', 'events', 'commands', 'glossary', 'asvs'],
  },
  {
    title: { en: 'The project', 'zh-CN': '项目' },
    pages: ['architecture', 'decisions', 'contributing'],
  },
];

const MORE: Record<Language, string> = { en: 'More', 'zh-CN': '其他' };

/** The sidebar in one language. */
export function sidebar(
  pages: ReadonlyMap<string, Page>,
  language: Language,
): DefaultTheme.SidebarItem[] {
  const ours = [...pages.values()].filter((page) => page.language === language);
  const named = new Map(ours.map((page) => [page.name, page]));
  const entry = (name: string): DefaultTheme.SidebarItem[] => {
    const page = named.get(name);
    named.delete(name);
    if (!page) return [];
    // The start page is the address of its folder.
    return [{ text: page.title, link: `/${page.route}`.replace(/index\.md$/, '') }];
  };
  const groups = GROUPS.map(({ title, pages: names }) => ({
    text: title[language],
    items: names.flatMap(entry),
  }));
  const rest = [...named.keys()].flatMap(entry);
  return rest.length > 0 ? [...groups, { text: MORE[language], items: rest }] : groups;
}
