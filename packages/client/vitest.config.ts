import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const include = ['test/**/*.test.ts'];

/** Milliseconds; ends what hangs. Nothing takes so long on a busy machine. */
const patience = { testTimeout: 240_000, hookTimeout: 240_000 };

/** Debian's browser; without a sandbox, so that root may run it too. */
const chromium = playwright({
  launchOptions: {
    executablePath: process.env.E2E_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
  },
});

// The same suite three times: what passes where there is no DOM must pass where there is one, and in a
// browser that nobody modelled.
export default defineConfig({
  test: {
    projects: [
      ...['node', 'jsdom'].map((environment) => ({
        test: { name: environment, environment, include, ...patience },
      })),
      {
        // Else found out while the tests run, which reloads the page under them.
        optimizeDeps: { include: ['axios'] },
        test: {
          name: 'chromium',
          include,
          ...patience,
          exclude: ['test/bare.test.ts', 'test/script.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: chromium,
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
