import type { BringupError } from '../model/errors.ts';
import type { Console } from './console/console.ts';
import { diagnose } from './diagnosis.ts';
import type { EndWatch } from './end-watch.ts';
import type { Fate } from './fate.ts';
import { observeGuest } from './guest-activity.ts';
import type { QmpClient } from './qmp/client.ts';

/** The parts of a machine that tell why a wait on it ran out. */
export interface Witnesses {
  readonly pid: number;
  readonly qmp: QmpClient;
  readonly console: Console;
  readonly watch: EndWatch;
  readonly fate: Fate;
  /** The profile's. */
  readonly prompt: RegExp;
}

/** Explains a wait that ran out: by the machine's end, if one has begun meanwhile, else by what the guest is doing. */
export async function explainWait(error: BringupError, { pid, qmp, console, watch, fate, prompt }: Witnesses): Promise<BringupError> {
  const bytesBefore = console.bytesReceived;
  const activity = await observeGuest(pid, qmp);
  await watch.settled();
  return (
    fate.error ??
    diagnose(error, activity, {
      bytesReceived: console.bytesReceived,
      linesReceived: console.linesReceived,
      bytesMeanwhile: console.bytesReceived - bytesBefore,
      silentMs: watch.notes.silentMs,
      unfinishedLine: console.unfinishedLine,
      atPrompt: prompt.test(console.unfinishedLine),
      lastMarker: watch.notes.lastMarker,
      clues: watch.notes.clues,
    })
  );
}
