import { writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Prints `N passed, N failed, N skipped` as the very last line of a run.
 *
 * A file that does not load, a suite whose hook throws and an error outside any test each count as one failure: none of
 * them has a test that could fail in its place.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'pending' ? 'skipped' : state] += 1;
      }
    }
    // At exit, because vitest still reports afterwards, say that closing timed out. Synchronous, because nothing else is then.
    process.once('exit', () => {
      writeSync(1, `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
    });
  }
}
