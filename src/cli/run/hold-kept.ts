import { once } from 'node:events';
import { endKept, keptEnded } from '../../harness/kept/kept-machines.ts';
import type { CheckKeeping } from '../../vitest/record-reporter.ts';
import type { CommandIo } from '../command.ts';

/** Says which machines are kept, and waits until all of them ended or `signal` aborts, which ends them. Of an interrupted run none is kept. */
export async function holdKept(
  keepings: readonly CheckKeeping[],
  { stdout }: Pick<CommandIo, 'stdout'>,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  for (const keeping of keepings)
    stdout.write(
      'kept' in keeping ? `machine kept: bringup attach ${keeping.kept}\n` : `machine of ${keeping.check} not kept: ${keeping.notKept}\n`,
    );
  const ids = keepings.flatMap((keeping) => ('kept' in keeping ? [keeping.kept] : []));
  if (ids.length === 0) return;
  stdout.write('Attach from another terminal. Ctrl-C here, or `bringup attach --end all`, ends them and this run.\n');
  const allEnded = Promise.all(ids.map(keptEnded));
  await Promise.race([allEnded, once(signal, 'abort')]);
  // Ctrl-C reaches the workers as well, so that some may be gone.
  if (signal.aborted) await Promise.allSettled(ids.map(endKept));
}
