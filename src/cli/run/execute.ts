import { createVitest } from 'vitest/node';
import { endingSignals } from '../../model/ending-signals.ts';
import { maxDelayMs } from '../../model/max-delay.ts';
import { packageFile, packageRoot, runsFromSource } from '../../model/package-files.ts';
import type { Phase } from '../../phases/index.ts';
import { RecordReporter, type RecordReporterOptions } from '../../vitest/record-reporter.ts';
import type { RunSettings } from '../../vitest/settings.ts';
import { keepingPool } from './keeping-pool.ts';
import type { RunRequest } from './options.ts';

/** A clone's suites import the clone's source, built ones what lies beside them. */
const conditions = [...(runsFromSource ? ['bringup-source'] : []), 'node', 'import', 'default'];

export interface Execution extends Pick<RecordReporterOptions, 'placeOf' | 'onEvent'> {
  /** Called when all checks ended, and their machines but for those that are kept: these live until it settles. `signal` aborts when the run is told to end. */
  readonly onEnded?: (reporter: RecordReporter, signal: AbortSignal) => Promise<void>;
}

/**
 * Runs the phases' suites in vitest and gives the reporter, which then knows what went wrong outside the checks. Ends when all
 * checks did, or early on SIGINT and SIGTERM.
 */
export async function executeSuites(
  request: Pick<RunRequest, 'phases' | 'jobs'>,
  settings: RunSettings,
  { onEnded, ...options }: Execution,
): Promise<RecordReporter> {
  const { targets, workDir } = settings;
  const reporter = new RecordReporter({ ...options, targets, workDir });
  const released = new AbortController();
  const told = new AbortController();
  const vitest = await createVitest(
    {
      config: false,
      root: packageRoot,
      watch: false,
      include: request.phases.map(suiteOf),
      reporters: [reporter],
      provide: { bringup: settings },
      // One process whose event loop drives as many machines as there are jobs. Forks: QEMU dies with the thread that started it.
      pool: settings.keepFailed ? keepingPool(released.signal) : 'forks',
      // Vitest only complains about a worker that does not end; those of kept machines do not.
      ...(settings.keepFailed && { teardownTimeout: maxDelayMs }),
      fileParallelism: false,
      maxConcurrency: request.jobs,
      passWithNoTests: true,
      // An installed package may belong to someone else.
      cache: false,
      fsModuleCache: runsFromSource,
    },
    { ssr: { resolve: { conditions } } },
  );
  let hasEnded = false;
  const giveBack = takeSignals((signal) => {
    told.abort();
    // Where all checks have ended, the signal only ends what is kept of them.
    if (hasEnded) return;
    reporter.interrupt(signal);
    released.abort();
  });
  try {
    await vitest.start();
    hasEnded = true;
    await onEnded?.(reporter, told.signal);
  } finally {
    released.abort();
    await vitest.close();
    giveBack();
  }
  return reporter;
}

/**
 * The suite of a phase, relative to the package: vitest takes it for a glob, and the folders above it may have any name.
 * @throws BringupError `file-not-found`: vitest would run the other suites and say nothing.
 */
function suiteOf({ id }: Phase): string {
  const path = runsFromSource ? `suites/${id}.suite.ts` : `dist/suites/${id}.suite.js`;
  packageFile(path);
  return path;
}

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
