import { defineConfig } from 'vitest/config';

// The project's own tests. The suites that judge kernels are run by `bringup run`, with a configuration of its own.
export default defineConfig({
  ssr: { resolve: { conditions: ['bringup-source', 'node', 'import', 'default'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // The kernel signals QEMU's parent-death per thread: machines must not be started from worker threads.
    pool: 'forks',
    // For a host with ten times the load that it can carry: these only end what hangs.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
