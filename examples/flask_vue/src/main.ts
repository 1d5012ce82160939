import { browserEdges, createAuthClient } from '@tigertally/client';
import { createTigerTally } from '@tigertally/vue';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';

const client = createAuthClient({ delivery: 'cookie', ...browserEdges() });
createApp(App).use(createPinia()).use(createTigerTally({ client })).mount('#app');
