import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // The examples import the package as its readers do; here that is its sources. tsconfig.json says the same.
    alias: [
      { find: /^understudy$/, replacement: source('index.ts') },
      { find: /^understudy\/protocol$/, replacement: source('reducers.ts') },
      { find: /^understudy\/check$/, replacement: source('apps/check.ts') },
      { find: /^understudy\/node$/, replacement: source('live/index.ts') },
      { find: /^understudy\/client$/, replacement: source('client/client.ts') },
      { find: /^understudy\/sim$/, replacement: source('sim/index.ts') },
      { find: /^understudy\/testing$/, replacement: source('testing/index.ts') },
      { find: /^understudy\/testing\/vitest$/, replacement: source('testing/vitest.ts') },
    ],
  },
  test: {
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', './scripts/count-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['test/live/*.test.ts', 'test/purity/fixtures/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real processes on real sockets: after the rest and one file at a time, so that they do not fight for the cores.
        extends: true,
        test: {
          name: 'live',
          include: ['test/live/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
