import type { Reporter } from 'vitest/node';

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * A vitest reporter that only counts. What fails outside a test (a file that can't be loaded, a beforeAll hook, an
 * unhandled rejection) counts as one failure each, and so does a test that never came to its turn.
 */
export function tallyReporter(tally: Tally): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      tally.failed += unhandledErrors.length;
      for (const module of modules) {
        for (const group of [module, ...module.children.allSuites()]) {
          if (group.errors().length > 0) tally.failed += 1;
        }
        for (const test of module.children.allTests()) {
          const { state } = test.result();
          tally[state === 'pending' ? 'failed' : state] += 1;
        }
      }
    },
  };
}

/** The last line of `bringup test`: `12 passed, 0 failed`, and `, 1 skipped` where some were. */
export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
