import { defineConfig } from 'vitest/config';

// The same suite twice: what passes where there is no DOM must pass where there is one.
export default defineConfig({
  test: {
    projects: ['node', 'jsdom'].map((environment) => ({
      test: { name: environment, environment, include: ['test/**/*.test.ts'] },
    })),
  },
});
