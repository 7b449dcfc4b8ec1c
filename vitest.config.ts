import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

const PURE = ['protocol', 'gossip', 'frontend', 'service', 'host', 'sim', 'apps', 'checker', 'property', 'testing'].map(
  (room) => `test/${room}/**/*.test.ts`,
);
/** Directly in test/live: the rooms below it mirror those of src/live, and their tests start no processes. */
const LIVE = 'test/live/*.test.ts';
const LONG = 'test/**/*.long.test.ts';
const BROWSER = 'test/browser/*.test.ts';
const CLUSTERS_AT_A_TIME = 2;

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
      { find: /^understudy\/sim\/view$/, replacement: source('sim/view.ts') },
      { find: /^understudy\/testing$/, replacement: source('testing/index.ts') },
      { find: /^understudy\/testing\/vitest$/, replacement: source('testing/vitest.ts') },
    ],
  },
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Of a condition that is waited for: a busy machine takes more than the usual second.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', './scripts/count-reporter.ts'],
    maxWorkers: availableParallelism(),
    // What is short is in `npm test`; files called *.long.test.ts are in `npm run test:long`. Projects of one group run side by side.
    projects: [
      {
        // Of the pure folders: their tests leave nothing behind in a process, and so share one, and what it has loaded.
        extends: true,
        test: {
          name: 'pure',
          include: PURE,
          exclude: [LONG],
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [...PURE, LIVE, LONG, BROWSER, 'test/purity/fixtures/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Clusters of real processes on real sockets. They mostly wait, but two at a time are enough for two cores.
        extends: true,
        test: {
          name: 'live',
          include: [LIVE],
          exclude: [LONG],
          maxWorkers: CLUSTERS_AT_A_TIME,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The playground in a real Chromium; skipped, by name, where there is none.
        extends: true,
        test: {
          name: 'browser',
          include: [BROWSER],
          globalSetup: './test/support/playground/site.ts',
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: [LONG],
          exclude: [LIVE],
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'live-long',
          include: ['test/live/*.long.test.ts'],
          maxWorkers: CLUSTERS_AT_A_TIME,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
