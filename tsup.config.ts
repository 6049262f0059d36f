import { defineConfig } from 'tsup';

/** The entry points of package.json's `exports`; TypeScript 7 has no compiler API, so tsc emits the declarations. */
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'vitest/index': 'src/vitest/index.ts',
    'phases/index': 'src/phases/index.ts',
    'parsers/index': 'src/parsers/index.ts',
    'kernels/index': 'kernel/index.ts',
    'reporters/index': 'src/reporters/index.ts',
  },
  format: 'esm',
  target: 'node22',
  platform: 'node',
  clean: true,
  sourcemap: true,
  splitting: true,
});
