import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    // Ends what hangs. Nothing takes so long on a busy machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
