import { readdirSync } from 'node:fs';
import { defineConfig } from 'tsup';

/**
 * One build for all that runs, so that a module is in one chunk only and its state exists once. TypeScript 7 has no compiler
 * API, so tsc emits the declarations.
 */
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'vitest/index': 'src/vitest/index.ts',
    'phases/index': 'src/phases/index.ts',
    'parsers/index': 'src/parsers/index.ts',
    'kernels/index': 'kernel/index.ts',
    'reporters/index': 'src/reporters/index.ts',
    'cli/main': 'src/cli/main.ts',
    ...Object.fromEntries(readdirSync('suites').map((file) => [`suites/${file.replace(/\.ts$/, '')}`, `suites/${file}`])),
  },
  // Suites import the entry points by name, as a user's tests do.
  external: [/^bringup\//],
  format: 'esm',
  target: 'node22',
  platform: 'node',
  clean: true,
  sourcemap: true,
  splitting: true,
});
