import type { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import { Console } from './console/console.ts';
import { HotplugPorts } from './devices/hotplug.ts';
import { MachineDisks } from './devices/machine-disks.ts';
import type { OpenDisks } from './devices/open-disks.ts';
import { EndWatch, type MachinePast } from './end-watch.ts';
import { explainWait } from './explain.ts';
import { Fate } from './fate.ts';
import { Gdb } from './gdb/gdb.ts';
import type { Observer } from './harness-event.ts';
import { Machine, type MachineParts } from './machine.ts';
import type { QemuSpec } from './qemu-argv.ts';
import type { QemuProcess } from './qemu-process.ts';
import type { QmpClient } from './qmp/client.ts';

export interface AssemblyOptions {
  readonly id: string;
  readonly profile: KernelProfile;
  /** What QEMU was started with. */
  readonly spec: QemuSpec;
  /** By `performance.now()`. */
  readonly startedAtMs: number;
  readonly observe: Observer;
  readonly consoleLogPath?: string | undefined;
  /** Of a fork. */
  readonly past?: MachinePast | undefined;
}

/** A QEMU whose console is read and watched already, and what completes it to a machine. */
export interface Assembly {
  readonly console: Console;
  readonly watch: EndWatch;
  machine(
    rest: Pick<MachineParts, 'qmp'> &
      Partial<Pick<MachineParts, 'freezer' | 'frozenShell' | 'knowledge'>> & { disks?: OpenDisks | undefined },
  ): Machine;
}

/** Puts a machine's pieces together around a QEMU that was just started. */
export function assemble(process: QemuProcess, options: AssemblyOptions): Assembly {
  const { id, profile, spec, startedAtMs, observe, consoleLogPath, past } = options;
  const fate = new Fate();
  let client: QmpClient | undefined;
  const explain = async (error: BringupError): Promise<BringupError> => {
    return client === undefined
      ? error
      : explainWait(error, { pid: process.pid, qmp: client, console, watch, fate, prompt: profile.prompt });
  };
  const console = new Console(process.serial, {
    spoolPath: consoleLogPath,
    pacing: profile.console.pacing,
    fate: fate.signal,
    explain,
  });
  const watch = new EndWatch({ machineId: id, profile, console, process, fate, startedAtMs, observe, past });
  return {
    console,
    watch,
    machine: ({ qmp, freezer, frozenShell, knowledge, disks: first }) => {
      client = qmp;
      const gdb = process.gdb && new Gdb(process.gdb, fate.signal);
      const disks = new MachineDisks(qmp, process);
      if (first) disks.add(first);
      const ports = new HotplugPorts({ qmp, spec, exited: process.exited, onDisks: (plugged) => disks.add(plugged) });
      return new Machine({
        id,
        profile,
        process,
        console,
        qmp,
        gdb,
        ports,
        disks,
        freezer,
        frozenShell,
        knowledge,
        fate,
        watch,
        observe,
        explain,
      });
    },
  };
}
