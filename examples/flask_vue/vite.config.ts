import vue from '@vitejs/plugin-vue';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue()],
  // For the packages of this repository, which are not built here. Leave it out in yours.
  resolve: { conditions: ['tigertally-source', ...defaultClientConditions] },
  // `npm run dev`: page and API have one origin, as in production.
  server: { proxy: { '/api': 'http://127.0.0.1:5000' } },
  logLevel: 'warn',
});
