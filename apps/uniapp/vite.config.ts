import { fileURLToPath } from 'node:url';
import uniPlugin from '@dcloudio/vite-plugin-uni';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';

// A CommonJS package whose default export Node wraps once more.
const uni = 'default' in uniPlugin ? (uniPlugin.default as typeof uniPlugin) : uniPlugin;

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Takes the pictures on the vendor's host out of uni-app's styles. One of them would be fetched by every
 * page three seconds after the start, used or not.
 */
const noForeignPictures: Plugin = {
  name: 'tally:no-foreign-pictures',
  enforce: 'pre',
  transform: (code, id) =>
    /\/uni-h5\/style\/.*\.css$/.test(id)
      ? { code: code.replace(/url\(['"]?https?:[^)]*\)/g, 'none'), map: null }
      : undefined,
};

export default defineConfig({
  plugins: [uni(), noForeignPictures],
  resolve: {
    alias: {
      '@tigertally/client/words': source('../../packages/client/src/words'),
      '@tigertally/client': source('../../packages/client/src/index.ts'),
      '@tigertally/uni': source('../../packages/uni/src/index.ts'),
      '@tigertally/vue': source('../../packages/vue/src/index.ts'),
    },
    // The packages' sources lie outside of this project, whose Vue and Pinia they must use.
    dedupe: ['vue', 'pinia'],
  },
  server: { proxy: { '/api': 'http://127.0.0.1:5000' } },
});
