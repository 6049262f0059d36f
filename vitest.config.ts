import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begins with what takes longest by far, so that it does not run alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => /\/test\/(?:mutants|phases)\.test\.ts$/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

// The project's own tests. The suites that judge kernels are run by `bringup run`, with a configuration of its own.
export default defineConfig({
  ssr: { resolve: { conditions: ['bringup-source', 'node', 'import', 'default'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // The kernel signals QEMU's parent-death per thread: machines must not be started from worker threads.
    pool: 'forks',
    // Guests wait as much as they compute: one worker a CPU, vitest's own included, leaves none idle.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // For a host with ten times the load that it can carry: these only end what hangs.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
