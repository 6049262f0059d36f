import type { Machine } from '../src/harness/machine.ts';
import type { Cause } from '../src/model/outcome.ts';
import type { CheckBody, GuestNeeds } from '../src/phases/define.ts';

/** What a run was made to be: a cause, or a run in which nothing is wrong. */
export type Label = Cause | 'pass';

/** A way to bring one verdict about, on a real guest. */
export interface Provocation {
  /** What is done, in words. */
  readonly kind: string;
  readonly run: CheckBody;
  /** @default the userland at its prompt */
  readonly guest?: GuestNeeds;
  /** What the check may take: more than it ever needs, only a few seconds, or several times what a boot takes here and now. @default 'ample' */
  readonly budget?: 'ample' | 'short' | 'boot';
  /** @default a file that can be written */
  readonly consoleLogPath?: string;
  /** It takes the host's CPUs: other runs would be starved, too. @default false */
  readonly alone?: boolean;
  /** The run is interrupted as soon as the check's body begins. @default false */
  readonly interrupted?: boolean;
}

/** A wait that something else ends. */
export const patientMs = 240_000;
/** A wait whose time is to run out. */
export const impatientMs = 3_000;
export const never = /what never comes/;

/** With the module of crashes (test/corpus/crash) loaded: `echo "null-read timer" >/proc/crash`. */
export const crashable: GuestNeeds = { init: 'shell', preparation: ['insmod /crash.ko'] };
/** With another init, given what follows `--` on the kernel's command line as arguments. Booted, and comes to no prompt. */
export const withInit = (...append: readonly string[]): GuestNeeds => ({ init: 'shell', append, boots: true });

/** Types a line on the console, and waits for what never comes until something ends that, or the time is up. */
export function typeAndWait(line: string, timeoutMs = patientMs): CheckBody {
  return async ({ console }) => {
    await console.sendLine(line);
    await console.expect(never, { timeoutMs });
  };
}

/** Runs a command in the shell. */
export function command(line: string, timeoutMs = patientMs): CheckBody {
  return async ({ shell }) => void (await shell.run(line, { timeoutMs }));
}

/** Types a line, waits for the machine's end, and finds nothing wrong with it. */
export function typeAndPass(line: string): CheckBody {
  return async ({ console, machine }) => {
    await console.sendLine(line);
    await machine.exited;
  };
}

/** Types a line, and passes when this text has come. */
export function typeUntil(line: string, text: RegExp): CheckBody {
  return async ({ console }) => {
    await console.sendLine(line);
    await console.expect(text, { timeoutMs: patientMs });
  };
}

/** Sends QEMU a signal, if it is still there. */
export function signalQemu({ pid }: Machine, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
