import { BringupError } from '../model/errors.ts';
import type { Cause } from '../model/outcome.ts';
import { type Clue, describeClue } from './clues.ts';
import type { GuestActivity, VcpuActivity } from './guest-activity.ts';

/** What is known of the console when a wait ran out. */
export interface ConsoleFacts {
  readonly bytesReceived: number;
  readonly linesReceived: number;
  /** Bytes that came while the guest was observed. */
  readonly bytesMeanwhile: number;
  /** For how long no line with text came, in milliseconds. */
  readonly silentMs: number;
  /** The last line, where the guest has not ended it: a prompt, mostly. */
  readonly unfinishedLine: string;
  /** Whether that line ends with the profile's prompt. */
  readonly atPrompt: boolean;
  readonly lastMarker: string | undefined;
  readonly clues: readonly Clue[];
}

interface Finding {
  /** Undefined: what the error's code stands for. */
  readonly cause?: Cause;
  readonly text: string;
  readonly hint?: string;
}

/** Share of a sample from which a vCPU counts as busy: an idle guest's timer ticks stay far below. */
const busyShare = 0.5;
/** A busy guest that printed that recently is at work, not stuck. */
const recentMs = 1_000;

const consoleHint =
  'check that the kernel’s console= names the machine’s serial line (ttyAMA0 on QEMU’s arm64 virt, ttyS0 on PCs), that the kernel fits the ' +
  'machine type and memory, and try earlycon.';

/**
 * Says why a wait ran out: the same error with its cause settled, what the guest was doing, and what to do.
 * Coarse: it tells a stuck QEMU, a silent guest, a spinning one, one that waits for input, and one that still prints.
 */
export function diagnose(error: BringupError, activity: GuestActivity, console: ConsoleFacts): BringupError {
  const { cause = error.failureCause, text, hint } = findOut(error, activity, console);
  const seen = [
    ...(console.lastMarker === undefined ? [] : [`last marker "${console.lastMarker}"`]),
    `${console.linesReceived} lines`,
    `${console.bytesReceived} bytes`,
  ].join(', ');
  return new BringupError(error.code, `${error.shortMessage} (${seen}; ${describe(activity)}): ${text}`, {
    hint: [error.hint, hint, ...console.clues.map(describeClue)].filter((part) => part !== undefined).join(' ') || undefined,
    ...(error.consoleTail === undefined ? {} : { consoleTail: error.consoleTail }),
    failureCause: cause,
    cause: error.cause,
  });
}

function findOut({ code }: BringupError, activity: GuestActivity, console: ConsoleFacts): Finding {
  if (activity.qmp === 'silent') {
    return {
      cause: 'harness-fault',
      text: 'QEMU itself does not answer',
      hint: 'look at the host: is QEMU stopped (SIGSTOP), is memory short?',
    };
  }
  if (activity.status !== 'running') {
    return {
      cause: 'harness-fault',
      text: `QEMU is in state ${activity.status}, so the guest does not run`,
      hint: 'look for who paused it.',
    };
  }
  const spinning = activity.vcpus.filter(({ busy }) => busy >= busyShare);
  if (console.bytesReceived === 0) {
    return {
      cause: 'guest-hang',
      text: `the guest printed nothing at all and ${spinning.length > 0 ? 'spins' : 'is idle'}`,
      hint: consoleHint,
    };
  }
  if (console.bytesMeanwhile > 0 || (spinning.length > 0 && console.silentMs < recentMs)) return stillAtWork(code);
  if (spinning.length > 0) return stuck(spinning, console.silentMs);
  return code === 'boot-timeout' ? idleWithoutPrompt(console) : idle(code, console);
}

function stillAtWork(code: BringupError['code']): Finding {
  if (code !== 'boot-timeout') return { text: 'the guest still prints' };
  return {
    cause: 'guest-slow',
    text: 'the guest still prints',
    hint: 'give it more time (the profile’s timeouts.bootMs); if its prompt is in the console, set the profile’s `prompt` to match it.',
  };
}

function stuck(spinning: readonly VcpuActivity[], silentMs: number): Finding {
  const where = spinning.map(({ index, pc }) => `vCPU ${index} at ${pc ?? 'an unknown address'}`).join(', ');
  return {
    cause: 'guest-hang',
    text: `the guest has been silent for ${(silentMs / 1000).toFixed(1)} s and spins (${where})`,
    hint: 'look the address up in the kernel’s or the program’s symbols: that is the loop.',
  };
}

function idleWithoutPrompt({ unfinishedLine }: ConsoleFacts): Finding {
  if (unfinishedLine.trim() === '') {
    return {
      cause: 'guest-hang',
      text: 'the guest is idle and shows no prompt',
      hint: 'the last lines of the console say how far it came: is init’s shell on the console (/etc/inittab, console=)?',
    };
  }
  return {
    cause: 'assertion',
    text: `the guest is idle and waits at ${JSON.stringify(unfinishedLine)}`,
    hint: 'if that is the guest’s prompt, set the profile’s `prompt` to match it.',
  };
}

function idle(code: BringupError['code'], { unfinishedLine, atPrompt }: ConsoleFacts): Finding {
  if (unfinishedLine.trim() === '') return { text: 'the guest is idle' };
  const text = `the guest is idle and waits at ${JSON.stringify(unfinishedLine)}`;
  if (code !== 'budget-exceeded' || !atPrompt) return { text };
  return { cause: 'broken-test', text, hint: 'the guest has nothing left to do: the check waits for what it did not ask for.' };
}

function describe(activity: GuestActivity): string {
  if (activity.qmp === 'silent') return 'QEMU silent';
  const vcpus = activity.vcpus.map(({ index, busy, pc }) => `vCPU ${index} ${Math.round(busy * 100)} % busy at ${pc ?? '?'}`);
  return [`QEMU ${activity.status}`, ...vcpus].join(', ');
}
