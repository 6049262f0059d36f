import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';
import { RecordReporter, type RecordReporterOptions } from '../../vitest/record-reporter.ts';
import type { RunSettings } from '../../vitest/settings.ts';
import type { RunRequest } from './options.ts';

/** The package's root, which holds the suites. */
const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Runs the phases' suites in vitest and gives the reporter, which then knows what went wrong outside the checks. Ends when all
 * checks did, or early on SIGINT and SIGTERM.
 */
export async function executeSuites(
  request: Pick<RunRequest, 'phases' | 'jobs'>,
  settings: RunSettings,
  options: RecordReporterOptions,
): Promise<RecordReporter> {
  const reporter = new RecordReporter(options);
  const vitest = await createVitest(
    {
      config: false,
      root,
      watch: false,
      include: request.phases.map(({ id }) => join(root, 'suites', `${id}.suite.ts`)),
      reporters: [reporter],
      provide: { bringup: settings },
      // One process whose event loop drives as many machines as there are jobs. Forks: QEMU dies with the thread that started it.
      pool: 'forks',
      fileParallelism: false,
      maxConcurrency: request.jobs,
      passWithNoTests: true,
    },
    { ssr: { resolve: { conditions: ['bringup-source', 'node', 'import', 'default'] } } },
  );
  const giveBack = takeSignals((signal) => reporter.interrupt(signal));
  try {
    await vitest.start();
  } finally {
    await vitest.close();
    giveBack();
  }
  return reporter;
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Vitest's own handlers leave the process at once, and the record unfinished. The second signal ends it as usual. */
function takeSignals(handler: (signal: NodeJS.Signals) => void): () => void {
  const others = endingSignals.map((signal) => ({ signal, listeners: process.listeners(signal) }));
  for (const signal of endingSignals) process.removeAllListeners(signal).once(signal, handler);
  return () => {
    for (const { signal, listeners } of others) {
      process.off(signal, handler);
      for (const listener of listeners) process.on(signal, listener);
    }
  };
}
