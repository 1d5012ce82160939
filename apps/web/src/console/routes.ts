import { can } from '@tigertally/client';
import type { RouteRecordRaw, Router } from 'vue-router';
import { SECTIONS } from './sections';
import { ADMIN_PERMISSIONS, CONSOLE_DOORS } from '@/admin_permissions';
import { client } from '@/session/client';
import { withAllWords } from '@/words';
import type { Part } from '@/words';

declare module 'vue-router' {
  interface RouteMeta {
    /** Which page of the console: a key below `console.page` in the catalogue. */
    section?: keyof typeof ADMIN_PERMISSIONS;
  }
}

const WORDS: Part = {
  en: () => import('@/words/console/en'),
  'zh-CN': () => import('@/words/console/zh-CN'),
};

const meta = { requiresAuth: true, title: 'console' } as const;

const route = (
  section: keyof typeof ADMIN_PERMISSIONS,
  path: string,
  page: () => Promise<unknown>,
  props: Readonly<Record<string, unknown>> | boolean = false,
): RouteRecordRaw => ({
  path,
  component: page,
  props: props as RouteRecordRaw['props'] & boolean,
  meta: { ...meta, section, permissions: [ADMIN_PERMISSIONS[section]] },
});

const CONSOLE: RouteRecordRaw = {
  path: '/admin',
  component: withAllWords(() => import('./ConsoleFrame.vue'), WORDS),
  meta: { ...meta, permissions: [...CONSOLE_DOORS] },
  // To the first page that one may see.
  redirect: () => {
    const first = SECTIONS.find(({ key }) => can(client.state, ADMIN_PERMISSIONS[key]));
    return `/admin/${first?.path ?? 'users'}`;
  },
  children: [
    route('users', 'users', () => import('./UsersPage.vue')),
    route('users', 'users/:id/:tab(devices|activity|roles)?', () => import('./UserPage.vue'), true),
    route('online', 'online', () => import('./OnlinePage.vue')),
    route('signIns', 'sign-ins', () => import('./EventsPage.vue'), { log: 'signIns' }),
    route('audit', 'audit', () => import('./EventsPage.vue'), { log: 'audit' }),
    route('roles', 'roles', () => import('./RolesPage.vue')),
    route('settings', 'settings', () => import('./SettingsPage.vue')),
  ],
};

/** Puts the console's routes in the place of the one that led here. */
export function addConsole(router: Router): void {
  router.removeRoute('console');
  router.addRoute(CONSOLE);
}
