import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The core's sources, not its build: the tests of a package must not need another one built first.
  resolve: { conditions: ['tigertally-source'] },
  ssr: { resolve: { conditions: ['tigertally-source'] } },
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    // Ends what hangs. Nothing takes so long on a busy machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
