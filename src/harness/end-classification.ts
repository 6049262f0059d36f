import { BringupError } from '../model/errors.ts';
import { withoutFolders } from './host-paths.ts';
import type { ProcessExit } from './qemu-process.ts';

/** QMP's SHUTDOWN reasons (qapi/run-state.json, ShutdownCause) that a guest can bring about. */
export type GuestEnd = 'guest-shutdown' | 'guest-reset' | 'guest-panic';

/** What is known of an ended QEMU. */
export interface EndFacts {
  readonly exit: ProcessExit;
  /** The reason of QMP's SHUTDOWN event; null where none came. */
  readonly reason: string | null;
  readonly stderr: string;
  readonly consoleTail: string;
}

/** The error for waits that QEMU's end cut short. Crashes are not seen here: their reports are on the console, and come first. */
export function classifyEnd(facts: EndFacts): BringupError {
  const { reason, consoleTail } = facts;
  switch (reason) {
    case 'guest-shutdown':
      return new BringupError('guest-exit', 'the guest powered itself off', {
        hint: 'look in the console at what ran last; a check that expects the power-off says so with machine.endsBy("guest-shutdown").',
        consoleTail,
      });
    case 'guest-reset':
      return new BringupError('unexpected-reboot', 'the guest reset itself', {
        hint: 'look in the console at what ran last (reboot, a watchdog, a triple fault); a check that expects it says machine.endsBy("guest-reset").',
        consoleTail,
      });
    case 'guest-panic':
      return new BringupError('guest-crash', 'the guest told its pvpanic device that it panicked, but printed no report', {
        hint: 'make the kernel print its panic message on the console.',
        consoleTail,
      });
    default:
      return qemuEnded(facts);
  }
}

function qemuEnded({ exit, reason, stderr, consoleTail }: EndFacts): BringupError {
  const said = stderr === '' ? '' : `; it said: ${withoutFolders(stderr)}`;
  const why = reason === null ? '' : ` (${reason})`;
  return new BringupError('qemu-exit', `QEMU ended ${describeExit(exit)}${why} and the guest had not asked for it${said}`, {
    hint: hintFor(exit, reason),
    consoleTail,
  });
}

function hintFor({ signal }: ProcessExit, reason: string | null): string {
  const nothingKnown = 'nothing is known about the guest';
  if (signal === 'SIGKILL') {
    return `${nothingKnown}: somebody killed QEMU, a time limit of the CI system or the host’s OOM killer (see its kernel log); run it again.`;
  }
  if (reason === 'host-signal')
    return `${nothingKnown}: somebody sent QEMU SIGTERM, SIGINT or SIGHUP, a time limit of the CI system perhaps; run it again.`;
  if (signal === 'SIGBUS') {
    return `${nothingKnown}: the folder for temporary files, which holds the RAM of machines that can be frozen, is full or broken; free some space, or set TMPDIR.`;
  }
  if (signal !== null) return `${nothingKnown}: QEMU itself crashed; try another QEMU version, and report it to QEMU with these arguments.`;
  return `${nothingKnown}; read QEMU’s message, check the arguments (--qemu-arg, the profile’s machine).`;
}

function describeExit({ exitCode, signal }: ProcessExit): string {
  return signal === null ? `with exit code ${exitCode}` : `by signal ${signal}`;
}
