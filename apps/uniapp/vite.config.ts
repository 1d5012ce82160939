import { fileURLToPath } from 'node:url';
import uniPlugin from '@dcloudio/vite-plugin-uni';
import { defineConfig } from 'vite';

// A CommonJS package whose default export Node wraps once more.
const uni = 'default' in uniPlugin ? (uniPlugin.default as typeof uniPlugin) : uniPlugin;

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [uni()],
  resolve: {
    alias: {
      '@tigertally/client': source('../../packages/client/src/index.ts'),
      '@tigertally/uni': source('../../packages/uni/src/index.ts'),
      '@tigertally/vue': source('../../packages/vue/src/index.ts'),
    },
    // The packages' sources lie outside of this project, whose Vue and Pinia they must use.
    dedupe: ['vue', 'pinia'],
  },
  server: { proxy: { '/api': 'http://127.0.0.1:5000' } },
});
