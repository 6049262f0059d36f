import type { Command } from './command.ts';

/** Every command, loaded only when it is called. */
export const commands: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  run: () => import('./run.ts'),
  soak: () => import('./soak.ts'),
  check: () => import('./check.ts'),
  test: () => import('./test.ts'),
  perf: () => import('./perf.ts'),
  mutants: () => import('./mutants.ts'),
  attach: () => import('./attach.ts'),
  report: () => import('./report.ts'),
  bench: () => import('./bench.ts'),
  doctor: () => import('./doctor.ts'),
  cache: () => import('./cache.ts'),
  parse: () => import('./parse.ts'),
};

/** Those that work on bringup itself: they need a clone. */
export const cloneCommands: ReadonlySet<string> = new Set(['check', 'test', 'bench']);
