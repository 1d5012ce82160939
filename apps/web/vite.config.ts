import { fileURLToPath } from 'node:url';

import tailwindcss from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { defaultClientConditions } from 'vite';
import { defineConfig } from 'vitest/config';

import { compressedFiles } from './build/compressed_files.ts';
import { firstPaint } from './build/first_paint_plugin.ts';
import { passwordWords } from './build/password_words.ts';
import { shakeVueThroughI18n } from './build/vue_i18n_shake.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [
    vue(),
    tailwindcss(),
    shakeVueThroughI18n(),
    firstPaint(here('./src/first_paint.ts')),
    passwordWords(),
    compressedFiles(),
  ],
  // The page finds its files and the API below whatever path it is served at: see src/root.ts.
  base: './',
  resolve: {
    alias: {
      '@': here('./src'),
      // Tests write small templates; the application is compiled ahead and ships no compiler.
      ...(process.env.VITEST && { vue: 'vue/dist/vue.esm-bundler.js' }),
    },
    conditions: ['tigertally-source', ...defaultClientConditions],
  },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    // Ours is smaller, see src/words/format.ts.
    __INTLIFY_DROP_MESSAGE_COMPILER__: true,
  },
  server: {
    port: 5173,
    proxy: { '/api': { target: 'http://127.0.0.1:5000', changeOrigin: false } },
  },
  // Names and sizes of sixty files tell a newcomer nothing; `npm run size` checks them.
  logLevel: 'warn',
  build: {
    outDir: here('../../src/tigertally/webui'),
    emptyOutDir: true,
    manifest: true,
    // A data: URL is no file and so cannot be cached, hashed or counted.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: {
        codeSplitting: {
          groups: [
            // What every page needs, in one file: smaller gzipped than in pieces, and cached as one.
            {
              name: 'foundation',
              test: /node_modules\/(@?vue|@intlify|vue-(router|i18n)|pinia)\/|packages\/(vue|client)\/src\/(?!axios|words\/(en|zh|events|icons))|preload-helper|plugin-vue:export-helper/,
            },
            // The sign-in page and what it shares with others: twenty pieces would be twenty requests.
            {
              name: 'visitor',
              test: /apps\/web\/src\/(forms\/(?!strength|StrengthMeter)|look\/|mark\/|pages\/(SignIn|Register|Unreachable)Page|shell\/(Icon|LookSwitches|MomentText|icons|online)|session\/(?!http|EndedDialog|SignInAgain|sign_out)|devices\/browser_label|words\/(index|format))/,
            },
          ],
        },
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    restoreMocks: true,
    // Ends what hangs. Nothing takes so long on a busy machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 240_000 } },
  },
});
