/** A page of the application over the core's model of a browser and a strict server. */
import { flushPromises, mount } from '@vue/test-utils';
import { createTigerTally } from '@tigertally/vue';
import { createPinia } from 'pinia';
import type { Component } from 'vue';
import { createMemoryHistory, createRouter } from 'vue-router';
import { scene } from '../../../packages/client/test/rig/scene';
import { i18n, loadAllWords } from '../src/words';

export async function open(page: Component, options: { readonly signedIn?: boolean } = {}) {
  await loadAllWords();
  const { world, server, browser } = scene({ delivery: 'cookie' });
  const tab = browser.tab();
  if (options.signedIn)
    await world.settle(tab.client.login({ username: 'ada', password: 'right' }));
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:path(.*)*', component: page, meta: { title: 'signIn' } }],
  });
  const pinia = createPinia();
  const wrapper = mount(page, {
    attachTo: document.body,
    global: { plugins: [pinia, i18n, createTigerTally({ client: tab.client }), router] },
  });
  await flushPromises();
  return {
    ...{ world, server, browser, tab, wrapper },
    type: (name: string, text: string) => wrapper.get(`[name="${name}"]`).setValue(text),
    /** Sends the form and lets the server answer. */
    async submit() {
      await wrapper.get('form').trigger('submit');
      await world.advance(5000);
      await flushPromises();
    },
    field: (name: string) => wrapper.get<HTMLInputElement>(`[name="${name}"]`),
    /** The text that assistive technology reads with the field. */
    described(name: string) {
      const ids = wrapper.get(`[name="${name}"]`).attributes('aria-describedby') ?? '';
      return ids
        .split(' ')
        .filter(Boolean)
        .map((id) => document.getElementById(id)?.textContent?.trim())
        .join(' | ');
    },
  };
}
