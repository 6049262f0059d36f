import { explanationOf } from './causes.ts';
import { renderConsole, type StyleRun } from './console-text.ts';
import { backtracesTitle, type DiagnosisText, describeDiagnosis } from './diagnosis-text.ts';
import { describeExit, doubtOf, lastWords, surprisingEnd, tellingStep, traceOf } from './evidence.ts';
import { commandFor } from './reproduce.ts';
import type { CheckModel, MachineModel, RunModel, StepModel, TryModel } from './run-model.ts';
import { checksOf, needsAttention } from './verdict.ts';

/** What the viewer script reads, check id -> details. Text is already safe to show as text; offsets are UTF-16 units. */
export type ViewerData = Readonly<Record<string, ViewerCheck>>;

export interface ViewerCheck extends Omit<CheckModel, 'tries'> {
  readonly tries: readonly ViewerTry[];
  /** What the cause says, for a reader who meets it for the first time; null where nothing went wrong. */
  readonly explanation: string | null;
  /** The command that runs it again, alone. */
  readonly command: string | null;
}

export interface ViewerTry extends Omit<TryModel, 'machines' | 'steps'> {
  readonly steps: readonly Omit<StepModel, 'console'>[];
  /** The step that tells most about what went wrong. */
  readonly tellingStep: { readonly title: string; readonly output: string } | null;
  readonly machines: readonly ViewerMachine[];
}

export interface ViewerMachine {
  readonly id: string;
  readonly argv: readonly string[];
  readonly markers: readonly { readonly marker: string; readonly sinceStartMs: number }[];
  readonly crashes: readonly ViewerCrash[];
  /** What was found out where waits ran out. */
  readonly diagnoses: readonly DiagnosisText[];
  /** What the hung kernel answered; the report is empty where it did not. */
  readonly backtraces: readonly { readonly title: string; readonly report: string }[];
  /** How QEMU ended, in words; null where the record does not say. */
  readonly exit: string | null;
  /** The same, where nobody asked for it and no crash tells why. */
  readonly surprisingEnd: string | null;
  /** Where the console of a check that went wrong ends; empty where a crash tells more. */
  readonly lastWords: string;
  readonly sizeBytes: number;
  /** Left out between the first and the second part. */
  readonly omittedBytes: number;
  readonly parts: readonly ViewerConsolePart[];
}

interface ViewerCrash {
  readonly title: string;
  /** Line of the console. */
  readonly line: number;
  /** The function at fault and its callers. */
  readonly trace: readonly string[];
  /** Why title and trace may be wrong. */
  readonly doubt: string | null;
  readonly report: string;
}

export interface ViewerConsolePart {
  readonly text: string;
  readonly styles: readonly StyleRun[];
  readonly regions: readonly ViewerRegion[];
}

interface ViewerRegion {
  readonly from: number;
  readonly to: number;
  readonly kind: 'step' | 'failed' | 'crash';
  /** Index of the step; absent for a crash. */
  readonly step?: number;
}

/** Consoles of checks that went well are cut to their end: they are seldom read, and run.jsonl has more. */
const maxQuietBytes = 65_536;

export function viewerData(model: RunModel): ViewerData {
  return Object.fromEntries(
    checksOf(model).map((check) => {
      const quiet = !needsAttention(check);
      const tries = check.tries.map((one) => viewerTry(one, quiet));
      return [check.id, { ...check, tries, explanation: explanationOf(check), command: quiet ? null : commandFor(model, check) }];
    }),
  );
}

function viewerTry(one: TryModel, quiet: boolean): ViewerTry {
  return {
    ...one,
    tellingStep: quiet ? null : tellingStep(one),
    steps: one.steps.map(({ console, ...step }) => step),
    machines: one.machines.map((machine) => viewerMachine(machine, one, quiet)),
  };
}

function viewerMachine(machine: MachineModel, one: TryModel, quiet: boolean): ViewerMachine {
  const console = quiet ? cutToEnd(machine.console) : machine.console;
  const regions = byteRegions(machine, one.steps);
  const tailAt = (console?.sizeBytes ?? 0) - (console?.tail.length ?? 0);
  const parts = console === null ? [] : [consolePart(console.head, 0, regions), consolePart(console.tail, tailAt, regions)];
  return {
    id: machine.id,
    argv: machine.started?.argv ?? [],
    markers: machine.markers.map(({ marker, sinceStartMs }) => ({ marker, sinceStartMs })),
    crashes: machine.crashes.map(viewerCrash),
    diagnoses: machine.diagnoses.map(describeDiagnosis),
    backtraces: machine.backtraces.map((each) => ({ title: backtracesTitle(each), report: each.text.trimEnd() })),
    exit: machine.exited === null ? null : describeExit(machine.exited),
    surprisingEnd: surprisingEnd(machine),
    lastWords: quiet ? '' : lastWords(machine, one),
    sizeBytes: console?.sizeBytes ?? 0,
    omittedBytes: console?.omittedBytes ?? 0,
    parts: parts.filter((part) => part.text !== ''),
  };
}

function viewerCrash(crash: MachineModel['crashes'][number]): ViewerCrash {
  const { title, line, corrupted, text } = crash;
  return { title, line, trace: traceOf(crash), doubt: corrupted === undefined ? null : doubtOf(corrupted), report: text.trimEnd() };
}

function cutToEnd(console: MachineModel['console']): MachineModel['console'] {
  if (console === null || console.head.length + console.tail.length <= maxQuietBytes) return console;
  const end = (console.omittedBytes > 0 ? console.tail : console.head).subarray(-maxQuietBytes);
  return { ...console, head: new Uint8Array(0), tail: end, omittedBytes: console.sizeBytes - end.length };
}

/** Where steps and crashes lie in the machine's console, in bytes. */
function byteRegions(machine: MachineModel, steps: readonly StepModel[]): ViewerRegion[] {
  const ofSteps = steps.flatMap(({ console, ok }, step): ViewerRegion[] =>
    console?.machine === machine.id ? [{ from: console.fromByte, to: console.toByte, kind: ok ? 'step' : 'failed', step }] : [],
  );
  const ofCrashes = machine.crashes.map(({ byteOffset, text }): ViewerRegion => {
    // On the wire each line ends with a carriage return too.
    const length = Buffer.byteLength(text) + text.split('\n').length - 1;
    return { from: byteOffset, to: byteOffset + Math.max(1, length), kind: 'crash' };
  });
  return [...ofSteps, ...ofCrashes];
}

function consolePart(bytes: Uint8Array, partStart: number, regions: readonly ViewerRegion[]): ViewerConsolePart {
  const inside = regions
    .map((region) => ({ ...region, from: Math.max(0, region.from - partStart), to: Math.min(bytes.length, region.to - partStart) }))
    .filter((region) => region.to > region.from);
  const marks = [...new Set(inside.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const { text, styles, offsets } = renderConsole(bytes, marks);
  const offsetOf = new Map(marks.map((mark, index) => [mark, offsets[index] ?? text.length]));
  const found = inside.map((region) => ({ ...region, from: offsetOf.get(region.from) as number, to: offsetOf.get(region.to) as number }));
  return { text, styles, regions: wholeLines(text, found) };
}

/** Regions are shown as blocks of lines: the prompt before a command belongs to it, and no longer to the command before. */
function wholeLines(text: string, regions: readonly ViewerRegion[]): ViewerRegion[] {
  const whole = regions.map((region) => ({ ...region, from: text.lastIndexOf('\n', region.from - 1) + 1, to: lineEnd(text, region.to) }));
  const steps = whole.filter((region) => region.kind !== 'crash');
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (next !== undefined && next.from > step.from) step.to = Math.min(step.to, next.from);
  }
  return whole.filter((region) => region.to > region.from);
}

function lineEnd(text: string, at: number): number {
  if (text[at - 1] === '\n') return at;
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}
