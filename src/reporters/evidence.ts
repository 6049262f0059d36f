import type { RunEventOf } from '../model/run-event.ts';
import type { MachineModel, TryModel } from './check-model.ts';
import { consoleText } from './console-text.ts';
import { backtracesTitle, diagnosisText } from './diagnosis-text.ts';
import { takeEnd } from './text.ts';

type Crash = RunEventOf<'crash'>;

/** A piece of evidence for a verdict. */
export interface Evidence {
  readonly kind: 'crash' | 'diagnosis' | 'step' | 'exit' | 'backtraces' | 'console';
  /** What it says, in some lines. */
  readonly title: string;
  /** What the guest printed; empty where the title says it all. */
  readonly body: string;
}

/** How many of the console's last lines are evidence where no crash is there to tell. */
const maxLastLines = 8;

/** What a try’s verdict rests on, the most telling first; without a crash, also where each console ends. */
export function evidenceOf(one: TryModel): Evidence[] {
  const { machines } = one;
  const step = tellingStep(one);
  return [
    ...machines.flatMap(({ crashes }) => crashes.map((crash) => piece('crash', crashTitle(crash), crash.text))),
    ...machines.flatMap(({ diagnoses }) => diagnoses.map((each) => piece('diagnosis', diagnosisText(each)))),
    ...(step === null ? [] : [piece('step', step.title, step.output)]),
    ...machines.flatMap((machine) => surprisingEnd(machine) ?? []).map((end) => piece('exit', end)),
    ...machines.flatMap(({ backtraces }) => backtraces.map((each) => piece('backtraces', backtracesTitle(each), each.text))),
    ...machines.map((machine) => piece('console', 'The console’s last lines:', lastWords(machine, one))),
  ].filter(({ kind, body }) => kind !== 'console' || body !== '');
}

/** The step that failed last; where the check itself found something wrong, the last one that it took itself: bringup's own have no part of the console. */
export function tellingStep({ steps, cause }: Pick<TryModel, 'steps' | 'cause'>): { title: string; output: string } | null {
  const failed = steps.findLast(({ ok }) => !ok);
  const step = failed ?? (cause === 'assertion' ? steps.findLast((each) => each.console !== undefined) : undefined);
  if (step === undefined) return null;
  const status = step.exitStatus === undefined ? '' : ` (exit status ${step.exitStatus})`;
  return { title: `${failed === undefined ? 'Last' : 'Failed'} step: ${step.title}${status}`, output: step.output ?? '' };
}

/** How QEMU ended, where nobody asked for it and no crash tells why. */
export function surprisingEnd({ exited, crashes }: Pick<MachineModel, 'exited' | 'crashes'>): string | null {
  return exited === null || exited.expected || crashes.length > 0 ? null : describeExit(exited);
}

function piece(kind: Evidence['kind'], title: string, body = ''): Evidence {
  return { kind, title, body: body.trimEnd() };
}

function crashTitle(crash: Crash): string {
  const trace = traceOf(crash);
  return [
    `Crash: ${crash.title} (line ${crash.line} of the console)`,
    ...(trace.length === 0 ? [] : [`in ${trace.join(' ← ')}`]),
    ...(crash.corrupted === undefined ? [] : [doubtOf(crash.corrupted)]),
  ].join('\n');
}

/** Functions that print a back trace. */
const printing = /^(?:__)?(?:dump|show)_(?:backtrace|stack|header|regs)/;

/** The function at fault and its callers; functions that only report the crash come before it, and are left out. */
export function traceOf({ function: culprit, frames = [] }: Pick<Crash, 'function' | 'frames'>): string[] {
  if (culprit === undefined) return frames.filter((name) => !printing.test(name));
  const at = frames.indexOf(culprit);
  return at < 0 ? [culprit, ...frames] : frames.slice(at);
}

/** Why a crash's title, function and callers may be wrong. */
export function doubtOf(corrupted: string): string {
  return `Title and functions may be wrong: ${corrupted}.`;
}

/** QMP’s reasons for an end, in words. */
const reasons: Readonly<Record<string, string>> = {
  'guest-reset': ': the guest had reset itself',
  'guest-shutdown': ': the guest had powered itself off',
  'guest-panic': ': the guest had reported a panic',
};

/** How QEMU ended, and who ended it. */
export function describeExit({ exitCode, signal, reason, expected }: RunEventOf<'machine.exited'>): string {
  if (expected && signal !== null) return `bringup ended QEMU when the check was over (${signal}).`;
  const how = signal === null ? `exit code ${exitCode ?? 'unknown'}` : `signal ${signal}`;
  const why = reasons[reason ?? ''] ?? (reason === null ? '' : ` (${reason})`);
  return `QEMU ended with ${how}${why}${expected ? '' : '; neither bringup nor the check had asked for it'}.`;
}

/** What bringup itself types and reads to run commands: it tells a reader nothing about the kernel. */
const protocol = /@(?:'')?@br:|__b[A-Za-z]?\b/;

/** Where the console ends, its last step’s part at most, before a hung kernel was asked for its backtraces; empty where a crash tells more. */
export function lastWords(machine: MachineModel, { steps }: Pick<TryModel, 'steps'>): string {
  if (machine.crashes.length > 0) return '';
  const step = steps.findLast((each) => each.console?.machine === machine.id);
  const asked = machine.backtraces.map(({ text }) => text.split('\n')[0] as string).filter(Boolean);
  const lines = linesOf(machine, step?.console?.fromByte ?? 0);
  const end = lines.findIndex((line) => asked.some((first) => line.includes(first)));
  return takeEnd((end < 0 ? lines : lines.slice(0, end)).join('\n'), 8_000, maxLastLines);
}

/** The last lines of the machine’s console; empty where it printed none. */
export function lastLines(machine: Pick<MachineModel, 'console'>, maxLines: number): string {
  return takeEnd(linesOf(machine, 0).join('\n'), 8_000, maxLines);
}

/** The console’s last lines that say something, and something new: a prompt comes again with each line end. */
function linesOf({ console }: Pick<MachineModel, 'console'>, fromByte: number): string[] {
  if (console === null) return [];
  const bytes = Buffer.from(console.tail.length > 0 ? console.tail : console.head);
  const start = Math.max(0, fromByte - (console.sizeBytes - bytes.length));
  // A terminal breaks long lines so as it echoes them.
  const text = bytes.subarray(start).subarray(-65_536).toString('latin1').replaceAll('\r\r\n', '');
  return consoleText(Buffer.from(text, 'latin1'))
    .split('\n')
    .filter((line) => !protocol.test(line) && line.trim() !== '')
    .filter((line, at, all) => line !== all[at - 1]);
}
