import type { BringupError } from '../../model/errors.ts';
import type { Symbols } from '../../parsers/symbols.ts';
import type { Console } from '../console/console.ts';
import type { EndWatch } from '../end-watch.ts';
import type { Fate } from '../fate.ts';
import type { Observer } from '../harness-event.ts';
import type { QmpClient } from '../qmp/client.ts';
import type { HostMeter, HostShare } from '../time/host-meter.ts';
import type { SpentWait } from '../wait.ts';
import type { ConsoleFacts } from './decide.ts';
import { DiagnosedError } from './diagnosed-error.ts';
import { diagnosisEvent } from './event.ts';
import { observeGuest } from './observe.ts';

/** The parts of a machine that tell why a wait on it ran out. */
export interface Witnesses {
  readonly machineId: string;
  readonly pid: number;
  readonly qmp: QmpClient;
  readonly console: Console;
  /** The terminal of the shell, where that is not the console. */
  readonly sideConsole?: Console | undefined;
  readonly watch: EndWatch;
  readonly fate: Fate;
  readonly meter: HostMeter;
  readonly observe: Observer;
  /** The profile's. */
  readonly prompt: RegExp;
  /** Of the guest's kernel, where they are known. */
  readonly symbols?: Symbols | undefined;
}

/**
 * Explains a wait that ran out, and records what was seen: by the machine's end, if one has begun meanwhile, else by what the guest is
 * doing and what the host left it.
 */
export async function explainWait(error: BringupError, wait: SpentWait, witnesses: Witnesses): Promise<BringupError> {
  const { machineId, pid, qmp, console, sideConsole, watch, fate, meter, observe, prompt, symbols } = witnesses;
  const host = meter.since(wait.startedAtMs);
  const missed = missedOf(wait, host);
  const bytesReceived = (): number => console.bytesReceived + (sideConsole?.bytesReceived ?? 0);
  const bytesBefore = bytesReceived();
  const activity = await observeGuest(pid, qmp);
  await watch.settled();
  if (fate.error) return fate.error;
  // Of two shells the one that is not at its prompt is what the wait is about.
  const isAtSide = sideConsole !== undefined && !prompt.test(sideConsole.unfinishedLine);
  const { unfinishedLine } = isAtSide ? sideConsole : console;
  const facts: ConsoleFacts = {
    bytesReceived: bytesReceived(),
    linesReceived: console.linesReceived,
    bytesMeanwhile: bytesReceived() - bytesBefore,
    silentMs: Math.min(watch.notes.silentMs, performance.now() - (sideConsole?.lastByteAtMs ?? Number.NEGATIVE_INFINITY)),
    printedSeconds: watch.notes.printedSeconds(wait.startedAtMs),
    unfinishedLine,
    atPrompt: prompt.test(unfinishedLine),
    lastMarker: watch.notes.lastMarker,
    clues: watch.notes.clues,
  };
  const evidence = { activity, console: facts, host, missed, symbols };
  const explained = new DiagnosedError(error, evidence);
  observe(diagnosisEvent(machineId, explained, evidence));
  return explained;
}

/** What the guest did not get of the time that it was to have: a wait goes on for what the host kept from it, though not for ever. */
function missedOf({ startedAtMs, timeoutMs }: SpentWait, { lost, spanMs }: HostShare): number {
  if (timeoutMs === undefined) return lost;
  const passedMs = performance.now() - startedAtMs;
  const hadMs = passedMs - lost * Math.min(spanMs, passedMs);
  return 1 - Math.min(1, hadMs / timeoutMs);
}
