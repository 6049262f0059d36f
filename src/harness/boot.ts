import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import { assemble } from './assemble.ts';
import { type BootPlan, type MachineShape, planBoot } from './boot-plan.ts';
import { openDisksOf } from './devices/open-disks.ts';
import { classifyEnd } from './end-classification.ts';
import type { Observer } from './harness-event.ts';
import { withoutFolders } from './host-paths.ts';
import { log } from './log.ts';
import type { Machine } from './machine.ts';
import { prepare } from './preparation.ts';
import { qemuArgv, qemuPrograms } from './qemu-argv.ts';
import { QemuProcess } from './qemu-process.ts';
import { QmpClient } from './qmp/client.ts';
import { FileFreezer } from './snapshot/freezer.ts';
import { settledWithin } from './wait.ts';

export interface BootOptions extends MachineShape {
  /** Whether `machine.snapshot` is possible: the guest's RAM is then a file without a name in the folder for temporary files. @default false */
  snapshots?: boolean;
  /** What to wait for: the shell's prompt, or only QEMU's start. @default 'prompt' where the profile has a shell */
  until?: 'prompt' | 'start';
  signal?: AbortSignal;
  /** File that gets every raw console byte. @default none */
  consoleLogPath?: string;
  /** Takes the machine's events for the record. */
  observe?: Observer;
  /** Takes the machine that did not become ready, and is to dispose it. @default it is disposed */
  onUnready?: (machine: Machine) => void;
  /** Name of the machine in the record. @default 'machine' */
  id?: string;
}

/**
 * Boots a kernel, waits until it is ready, and prepares it.
 * @throws BringupError what kept it from being so, by cause: `guest-crash`, `boot-timeout`, `guest-exit`, `qemu-start-failed`, ...
 */
export async function boot(profile: KernelProfile, options: BootOptions = {}): Promise<Machine> {
  const plan = await planBoot(profile, options, options.signal && { signal: options.signal });
  const machine = await start(plan, options);
  const until = options.until ?? (profile.shellDialect === 'none' ? 'start' : 'prompt');
  try {
    if (until === 'prompt') {
      await waitForPrompt(machine, options.signal);
      await machine.openSideChannel(options.signal);
    }
    if (options.preparation) await prepare(machine, options.preparation, options.signal ? { signal: options.signal } : {});
    return machine;
  } catch (error) {
    if (error instanceof BringupError && error.failureCause === 'guest-hang') await machine.recordBacktraces();
    if (options.onUnready) options.onUnready(machine);
    else await machine[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(plan: BootPlan, options: BootOptions): Promise<Machine> {
  const { profile, spec, started, symbols } = plan;
  const observe = options.observe ?? (() => {});
  const id = options.id ?? 'machine';
  const startedAtMs = performance.now();
  const freezer = options.snapshots ? new FileFreezer(plan) : undefined;
  const disks = freezer ? undefined : await openDisksOf(spec);
  const files = freezer ?? (disks as NonNullable<typeof disks>);
  const argv = qemuArgv(files.spec);
  const process = await QemuProcess.start(qemuPrograms[spec.arch], argv, { ...files.spec, files });
  log.debug({ machine: id, qemu: process.pid, argv }, 'QEMU started');
  // Before QEMU answers: of one that refuses its arguments, the record must have them.
  observe({ type: 'machine.started', machine: id, ...started });
  const assembly = assemble(process, { id, profile, spec, startedAtMs, observe, symbols, consoleLogPath: options.consoleLogPath });
  try {
    const qmp = await QmpClient.connect(process.qmp, {
      timeoutMs: 15_000,
      ...(options.signal && { signal: options.signal }),
      onEvent: (event) => assembly.watch.takeQmpEvent(event),
    });
    return assembly.machine({ qmp, freezer, disks });
  } catch (error) {
    const ended = await settledWithin(process.exited, 1_000);
    await process[Symbol.asyncDispose]();
    await assembly.console[Symbol.asyncDispose]();
    for (const log of disks?.logs.values() ?? []) log[Symbol.dispose]();
    observe({ type: 'machine.exited', machine: id, ...(await assembly.watch.exited), expected: !ended });
    throw ended ? endedEarly(process, error) : error;
  }
}

function endedEarly({ exit, stderr }: QemuProcess, error: unknown): BringupError {
  // A QEMU that dislikes its arguments exits; one that a signal ended was killed.
  if (exit?.signal) return classifyEnd({ exit, reason: null, stderr, consoleTail: '' });
  return new BringupError('qemu-start-failed', `QEMU ended before it ran the guest${stderr === '' ? '' : `: ${withoutFolders(stderr)}`}`, {
    hint: 'check the profile’s machine type, CPU and memory (memoryMiB, --memory), --qemu-arg, and whether another machine uses its disk images.',
    cause: error,
  });
}

/** A prompt can be spoilt by a kernel message on its line; a line end asks for a fresh one. */
const nudgeAfterSilenceMs = 3_000;

async function waitForPrompt(machine: Machine, signal: AbortSignal | undefined): Promise<void> {
  const { prompt, timeouts, id } = machine.profile;
  const nudge = setInterval(() => {
    const { lastByteAtMs } = machine.console;
    if (lastByteAtMs !== undefined && performance.now() - lastByteAtMs >= nudgeAfterSilenceMs)
      void machine.console.send('\n').catch(() => {});
  }, nudgeAfterSilenceMs);
  try {
    await machine.console.expect(prompt, {
      timeoutMs: timeouts.bootMs,
      signal,
      onTimeout: ({ consoleTail }) => {
        // Its echo is not to be taken for a sign of life.
        clearInterval(nudge);
        const what = `profile ${id}: no prompt (${prompt}) within ${timeouts.bootMs} ms of the start`;
        return new BringupError('boot-timeout', what, consoleTail === undefined ? {} : { consoleTail });
      },
    });
  } finally {
    clearInterval(nudge);
  }
}
