import type { ErrorCode } from '../../model/errors.ts';
import type { Cause } from '../../model/outcome.ts';
import type { Symbols } from '../../parsers/symbols.ts';
import type { HostShare } from '../time/host-meter.ts';
import type { Clue } from './clues.ts';
import type { GuestActivity, VcpuActivity } from './guest-activity.ts';
import { describeLoss, describePlaces, inSeconds } from './wording.ts';

/** What is known of the console when a wait ran out. */
export interface ConsoleFacts {
  readonly bytesReceived: number;
  readonly linesReceived: number;
  /** Bytes that came while the guest was observed. */
  readonly bytesMeanwhile: number;
  /** For how long no line with text came, in milliseconds. */
  readonly silentMs: number;
  /** In how many of the wait's last five seconds a line with text came. */
  readonly printedSeconds: number;
  /** The last line, where the guest has not ended it: a prompt, mostly. */
  readonly unfinishedLine: string;
  /** Whether that line ends with the profile's prompt. */
  readonly atPrompt: boolean;
  readonly lastMarker: string | undefined;
  readonly clues: readonly Clue[];
}

export interface Evidence {
  readonly activity: GuestActivity;
  readonly console: ConsoleFacts;
  /** What the host kept from the guest during the wait. */
  readonly host: HostShare;
  /** Share of the time that the guest was to have and did not get, though the wait went on for it. */
  readonly missed: number;
  readonly symbols?: Symbols | undefined;
}

/**
 * What a guest was doing: `working` (output or disk requests come), `spin` (busy without either), `stuck` (busy, and not even a
 * register changes), `idle` (no vCPU wants a CPU); or what kept it from doing anything: QEMU `unreachable`, `paused`, or the host
 * (`starved`).
 */
export type DiagnosisVerdict = 'working' | 'spin' | 'stuck' | 'idle' | 'unreachable' | 'paused' | 'starved';

export interface Finding {
  readonly verdict: DiagnosisVerdict;
  /** Undefined: what the error's code stands for. */
  readonly cause?: Cause;
  readonly text: string;
  readonly hint?: string;
}

/** Share of a sample from which a vCPU counts as busy: an idle guest's timer ticks stay far below. */
export const busyShare = 0.5;
/** A busy guest that printed that recently is at work, not stuck. */
const recentMs = 1_000;
/** One that idles between its lines, but has printed in so many of the last five seconds, and this recently, as well. */
const steadySeconds = 3;
const steadyMs = 1_500;
/** From here a guest that was getting somewhere would have been twice as far on a host of its own. */
const starvedShare = 0.5;
/** From here a guest that gets nowhere proves nothing either: times of profiles and checks leave more room than a tenth. */
const severelyStarvedShare = 0.9;

/** Codes that say no more than that time ran out. */
const timeOuts: ReadonlySet<ErrorCode> = new Set([
  'boot-timeout',
  'expect-timeout',
  'command-timeout',
  'budget-exceeded',
  'machine-broken',
]);

const consoleHint =
  'check that the kernel’s console= names the machine’s serial line (ttyAMA0 on QEMU’s arm64 virt, ttyS0 on PCs), that the kernel fits the ' +
  'machine type and memory, and try earlycon.';

/** Says what the guest was doing when the wait with this error's code ran out, and whose fault that is. The table in docs/verdicts.md. */
export function decide(code: ErrorCode, evidence: Evidence): Finding {
  const { activity, host, missed } = evidence;
  if (activity.qmp === 'silent') return unreachable(activity.isStopped, evidence);
  if (activity.status !== 'running') {
    return {
      verdict: 'paused',
      cause: 'harness-fault',
      text: `QEMU is in state ${activity.status}, so the guest does not run`,
      hint: 'look for who paused it.',
    };
  }
  const busy = activity.vcpus.filter((vcpu) => vcpu.busy >= busyShare);
  const seen = seenOf(code, busy, evidence);
  // It did run, and changed nothing: more time would not help it.
  if (seen.verdict === 'stuck') return seen;
  return missed < (seen.verdict === 'working' ? starvedShare : severelyStarvedShare) ? seen : starved(seen.text, host);
}

function unreachable(isStopped: boolean, { host, missed }: Evidence): Finding {
  if (!isStopped && missed >= severelyStarvedShare) return starved('QEMU itself does not answer', host);
  return {
    verdict: 'unreachable',
    cause: 'harness-fault',
    text: isStopped ? 'QEMU itself does not answer: its process is stopped' : 'QEMU itself does not answer',
    hint: isStopped ? 'look for who sent it SIGSTOP, or debugs it.' : 'look at the host: is memory short, does a disk or device hang?',
  };
}

function starved(seen: string, host: HostShare): Finding {
  return {
    verdict: 'starved',
    cause: 'host-overload',
    text: `${seen}, but ${describeLoss(host)}`,
    hint: 'nothing is known about the guest: run it again on an idle host, or with fewer machines at once (--jobs).',
  };
}

function seenOf(code: ErrorCode, busy: readonly VcpuActivity[], evidence: Evidence): Finding {
  const { console } = evidence;
  if (console.bytesReceived === 0) return mute(busy);
  const work = workSeen(busy, evidence);
  if (work !== undefined) return atWork(code, work);
  if (busy.length > 0) return nowhere(busy, console.silentMs, evidence.symbols);
  return code === 'boot-timeout' ? idleWithoutPrompt(console) : idle(code, console);
}

function mute(busy: readonly VcpuActivity[]): Finding {
  return {
    verdict: verdictOfBusy(busy),
    cause: 'guest-hang',
    text: `the guest printed nothing at all and ${busy.length > 0 ? 'spins' : 'is idle'}`,
    hint: consoleHint,
  };
}

function verdictOfBusy(busy: readonly VcpuActivity[]): 'idle' | 'stuck' | 'spin' {
  if (busy.length === 0) return 'idle';
  return busy.every(({ places, isMoving }) => places.length > 1 && !isMoving) ? 'stuck' : 'spin';
}

/** In words, what shows that the guest gets on. */
function workSeen(busy: readonly VcpuActivity[], { activity, console }: Evidence): string | undefined {
  if (console.bytesMeanwhile > 0 || (busy.length > 0 && console.silentMs < recentMs)) return 'still prints';
  if (!console.atPrompt && console.printedSeconds >= steadySeconds && console.silentMs < steadyMs) return 'still prints';
  if (activity.qmp === 'silent') return undefined;
  const { reads, writes, flushes } = activity.disks;
  if (reads + writes + flushes === 0) return undefined;
  return `is at work on its disks (${reads} reads, ${writes} writes, ${flushes} flushes in ${inSeconds(activity.observedMs)})`;
}

function atWork(code: ErrorCode, work: string): Finding {
  const finding = { verdict: 'working', text: `the guest ${work}` } as const;
  if (!timeOuts.has(code)) return finding;
  const hint =
    code === 'boot-timeout'
      ? 'give it more time (the profile’s timeouts.bootMs); if its prompt is in the console, set the profile’s `prompt` to match it.'
      : 'it is alive, but was not done in time: give it more time, or look in the console at what takes it.';
  return { ...finding, cause: 'guest-slow', hint };
}

function nowhere(busy: readonly VcpuActivity[], silentMs: number, symbols: Symbols | undefined): Finding {
  const where = busy.map((vcpu) => `vCPU ${vcpu.index} ${describePlaces(vcpu.places, symbols)}`).join(', ');
  const verdict = verdictOfBusy(busy);
  const does = verdict === 'stuck' ? 'is stuck, busy without changing a register' : 'spins';
  return {
    verdict,
    cause: 'guest-hang',
    text: `the guest has been silent for ${inSeconds(silentMs)} and ${does} (${where})`,
    hint: 'look the address up in the kernel’s or the program’s symbols: that is the loop.',
  };
}

function idleWithoutPrompt({ unfinishedLine }: ConsoleFacts): Finding {
  if (unfinishedLine.trim() === '') {
    return {
      verdict: 'idle',
      cause: 'guest-hang',
      text: 'the guest is idle and shows no prompt',
      hint: 'the last lines of the console say how far it came: is init’s shell on the console (/etc/inittab, console=)?',
    };
  }
  return {
    verdict: 'idle',
    cause: 'assertion',
    text: `the guest is idle and waits at ${JSON.stringify(unfinishedLine)}`,
    hint: 'if that is the guest’s prompt, set the profile’s `prompt` to match it.',
  };
}

function idle(code: ErrorCode, { unfinishedLine, atPrompt }: ConsoleFacts): Finding {
  if (unfinishedLine.trim() === '') return { verdict: 'idle', text: 'the guest is idle' };
  const text = `the guest is idle and waits at ${JSON.stringify(unfinishedLine)}`;
  if (code !== 'budget-exceeded' || !atPrompt) return { verdict: 'idle', text };
  const hint = 'the guest has nothing left to do: the check waits for what it did not ask for.';
  return { verdict: 'idle', cause: 'broken-test', text, hint };
}
