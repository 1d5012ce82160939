import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The core's sources, not its build: the tests of a package must not need another one built first.
  resolve: { conditions: ['tigertally-source'] },
  ssr: { resolve: { conditions: ['tigertally-source'] } },
  test: { environment: 'node', include: ['test/**/*.test.ts'] },
});
