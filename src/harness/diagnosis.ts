import { BringupError } from '../model/errors.ts';
import type { Cause } from '../model/outcome.ts';
import type { GuestActivity } from './guest-activity.ts';

/** What is known of the console when a wait ran out. */
export interface ConsoleFacts {
  readonly bytesReceived: number;
  readonly linesReceived: number;
  /** Bytes that came while the guest was observed. */
  readonly bytesMeanwhile: number;
  /** The last line, where the guest has not ended it: a prompt, mostly. */
  readonly unfinishedLine: string;
  readonly lastMarker: string | undefined;
}

interface Finding {
  readonly cause: Cause | undefined;
  readonly text: string;
  readonly hint: string | undefined;
}

/** Share of a sample from which a vCPU counts as busy: an idle guest's timer ticks stay far below. */
const busyShare = 0.5;

/**
 * Says why a wait ran out: the same error with its cause settled, what the guest was doing, and what to do.
 * Coarse: it tells a stuck QEMU, a silent guest, a spinning one, one that waits for input, and one that still prints.
 */
export function diagnose(error: BringupError, activity: GuestActivity, console: ConsoleFacts): BringupError {
  const finding = findOut(error, activity, console);
  const seen = [
    ...(console.lastMarker === undefined ? [] : [`last marker "${console.lastMarker}"`]),
    `${console.linesReceived} lines`,
    `${console.bytesReceived} bytes`,
  ].join(', ');
  return new BringupError(error.code, `${error.shortMessage} (${seen}; ${describe(activity)}): ${finding.text}`, {
    hint: [error.hint, finding.hint].filter((part) => part !== undefined).join(' '),
    ...(error.consoleTail === undefined ? {} : { consoleTail: error.consoleTail }),
    failureCause: finding.cause ?? error.failureCause,
    cause: error.cause,
  });
}

function findOut(error: BringupError, activity: GuestActivity, console: ConsoleFacts): Finding {
  if (activity.qmp === 'silent') {
    return { cause: 'harness-fault', text: 'QEMU itself does not answer', hint: 'look at the host: is QEMU stopped (SIGSTOP), is the machine out of memory?' };
  }
  if (activity.status !== 'running') {
    return { cause: 'harness-fault', text: `QEMU is in state ${activity.status}, so the guest does not run`, hint: 'look for who paused it.' };
  }
  if (console.bytesMeanwhile > 0) return { cause: undefined, text: 'the guest still prints', hint: undefined };
  const spinning = activity.vcpus.filter((vcpu) => vcpu.busy >= busyShare);
  if (console.bytesReceived === 0) {
    return {
      cause: 'guest-hang',
      text: `the guest printed nothing at all and ${spinning.length > 0 ? 'spins' : 'is idle'}`,
      hint:
        'check that the kernel’s console= names the machine’s serial line (ttyAMA0 on QEMU’s arm64 virt, ttyS0 on PCs), that the kernel fits the ' +
        'machine type and memory, and try earlycon.',
    };
  }
  if (spinning.length > 0) {
    return {
      cause: 'guest-hang',
      text: `the guest is silent and spins (${spinning.map((vcpu) => `vCPU ${vcpu.index} at ${vcpu.pc ?? 'an unknown address'}`).join(', ')})`,
      hint: 'look the address up in the kernel’s or the program’s symbols: that is the loop.',
    };
  }
  if (console.unfinishedLine.trim() !== '') {
    return {
      cause: 'assertion',
      text: `the guest is idle and waits at ${JSON.stringify(console.unfinishedLine)}`,
      hint: error.code === 'boot-timeout' ? 'if that is the guest’s prompt, set the profile’s `prompt` to match it.' : undefined,
    };
  }
  if (error.code === 'boot-timeout') {
    return {
      cause: 'guest-hang',
      text: 'the guest is idle and shows no prompt',
      hint: 'the last lines of the console say how far it came: is init’s shell on the console (/etc/inittab, console=)?',
    };
  }
  return { cause: undefined, text: 'the guest is idle', hint: undefined };
}

function describe(activity: GuestActivity): string {
  if (activity.qmp === 'silent') return 'QEMU silent';
  const vcpus = activity.vcpus.map((vcpu) => `vCPU ${vcpu.index} ${Math.round(vcpu.busy * 100)} % busy at ${vcpu.pc ?? '?'}`);
  return [`QEMU ${activity.status}`, ...vcpus].join(', ');
}
