import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    // Ends what hangs. Nothing takes so long on a busy machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
