// @vitest-environment node
/** Pages rendered on a server, where nobody's session is known. */
import { createPinia } from 'pinia';
import { expect, test } from 'vitest';
import { createSSRApp, defineComponent, h, ref } from 'vue';
import { createMemoryHistory, createRouter, RouterView } from 'vue-router';
import { renderToString } from 'vue/server-renderer';
import { browserEdges, createAuthClient } from '@tigertally/client';
import { createTigerTally, useAuthStore, useCountdown } from '../src/index';

const Page = defineComponent({
  setup() {
    const store = useAuthStore();
    const left = useCountdown(ref({ seconds: 5, measuredAt: 0 }));
    return () => h('p', `${store.standing} ${left.value}`);
  },
});

test('32 a protected page with a countdown is rendered, for nobody yet', async () => {
  const client = createAuthClient({ delivery: 'cookie', autoStart: false, ...browserEdges() });
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/', component: Page, meta: { requiresAuth: true } }],
  });
  const app = createSSRApp(defineComponent({ render: () => h(RouterView) }));
  app.use(createPinia()).use(createTigerTally({ client, router })).use(router);
  await router.push('/');
  await router.isReady();
  expect(await renderToString(app)).toContain('pending null');
  expect(client.state.status).toBe('init');
  client.dispose();
});
