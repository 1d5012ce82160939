import { createRouter, createWebHistory } from 'vue-router';
import type { RouteRecordRaw } from 'vue-router';
import { root } from './root';
import { withOffers } from './session/offers';
import { withAllWords } from './words';

declare module 'vue-router' {
  interface RouteMeta {
    /** Key below `title` in the catalogue. */
    title: string;
    /** One card and nothing else: no navigation bar. */
    bare?: boolean;
  }
}

const signedIn = { requiresAuth: true } as const;
const visitor = { guestOnly: true, bare: true } as const;

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/profile' },
  {
    path: '/login',
    component: withOffers(() => import('@/pages/SignInPage.vue')),
    meta: { ...visitor, title: 'signIn' },
  },
  {
    // Where WeChat's page sends the browser back to: to sign in, or on an errand of who is signed in.
    path: '/login/wechat-web',
    component: () => import('@/pages/ProviderReturnPage.vue'),
    meta: { bare: true, title: 'signIn' },
  },
  {
    path: '/register',
    component: withOffers(() => import('@/pages/RegisterPage.vue')),
    meta: { ...visitor, title: 'register' },
  },
  {
    path: '/forgotten',
    component: withOffers(withAllWords(() => import('@/pages/ForgottenPage.vue'))),
    meta: { ...visitor, title: 'forgotten' },
  },
  {
    path: '/profile',
    component: () => import('@/pages/ProfilePage.vue'),
    meta: { ...signedIn, title: 'profile' },
  },
  {
    path: '/devices',
    component: () => import('@/pages/DevicesPage.vue'),
    meta: { ...signedIn, title: 'devices' },
  },
  {
    path: '/history',
    component: () => import('@/pages/HistoryPage.vue'),
    meta: { ...signedIn, title: 'history' },
  },
  {
    path: '/files',
    component: () => import('@/pages/FilesPage.vue'),
    meta: { ...signedIn, title: 'files' },
  },
  {
    path: '/security',
    component: () => import('@/pages/SecurityPage.vue'),
    meta: { ...signedIn, title: 'security' },
  },
  {
    // The console brings its own routes, and who may enter them: a first visit loads none of it.
    path: '/admin/:rest(.*)*',
    name: 'console',
    component: () => import('@/pages/NotFoundPage.vue'),
    beforeEnter: async ({ path, query, hash }) => {
      (await import('@/console/routes')).addConsole(router);
      return { path, query, hash, replace: true };
    },
    meta: { ...signedIn, title: 'console' },
  },
  {
    path: '/:anything(.*)*',
    component: () => import('@/pages/NotFoundPage.vue'),
    meta: { title: 'notFound' },
  },
];

export const router = createRouter({
  history: createWebHistory(`${root}/`),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});
