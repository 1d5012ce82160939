import './styles/app.css';
import { createTigerTally } from '@tigertally/vue';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { router } from './router';
import { client } from './session/client';
import { watchMissedPages } from './shell/missed_page';
import { i18n, loadWords } from './words';

await loadWords();

watchMissedPages(router);

createApp(App)
  .use(i18n)
  .use(createPinia())
  .use(createTigerTally({ client, router, login: '/login', home: '/profile' }))
  .use(router)
  .mount('#app');
