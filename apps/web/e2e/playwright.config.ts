import { defineConfig } from '@playwright/test';

// Debian's browser, without whatever it would like to fetch on its own.
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-gpu',
];

export default defineConfig({
  testDir: '.',
  outputDir: '../../../test-results/e2e',
  // Each worker starts a server of its own; the machine decides how many that may be.
  workers: process.env.E2E_WORKERS ? Number(process.env.E2E_WORKERS) : 2,
  fullyParallel: true,
  // What hangs is ended; nothing takes so long on a busy machine. Who waits returns when it sees.
  timeout: 600_000,
  expect: { timeout: 120_000 },
  reporter: [['list']],
  use: {
    locale: 'en-GB',
    colorScheme: 'light',
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.E2E_CHROMIUM ?? '/usr/bin/chromium',
      args: [...ARGUMENTS, '--host-resolver-rules=MAP tally.lan 127.0.0.1'],
    },
  },
  projects: [
    { name: 'journeys', testMatch: 'journeys/*.spec.ts' },
    { name: 'screenshots', testMatch: 'screenshots/*.spec.ts' },
  ],
});
