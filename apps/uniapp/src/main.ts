import { AUTH_CLIENT } from '@tigertally/vue';
import * as Pinia from 'pinia';
import { createSSRApp } from 'vue';
import App from './App.vue';
import { client } from './session/client';
import { guards } from './session/guards';

// The name and the shape of what it returns are uni-app's.
export function createApp() {
  const app = createSSRApp(App);
  app.use(Pinia.createPinia());
  app.provide(AUTH_CLIENT, client);
  // Of every page: neither native tab bars nor the browser's back button pass by an interceptor.
  app.mixin({
    onShow() {
      guards.check();
    },
  });
  return { app, Pinia };
}
