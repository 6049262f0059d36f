import type { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { Symbols } from '../parsers/symbols.ts';
import { Console } from './console/console.ts';
import { HotplugPorts } from './devices/hotplug.ts';
import { MachineDisks } from './devices/machine-disks.ts';
import type { OpenDisks } from './devices/open-disks.ts';
import { explainWait } from './diagnosis/explain.ts';
import { EndWatch, type MachinePast } from './end-watch.ts';
import { Fate } from './fate.ts';
import { Gdb } from './gdb/gdb.ts';
import type { Observer } from './harness-event.ts';
import { Machine, type MachineParts } from './machine.ts';
import type { QemuSpec } from './qemu-argv.ts';
import type { QemuProcess } from './qemu-process.ts';
import type { QmpClient } from './qmp/client.ts';
import { SideChannel, type SideChannelState } from './side-channel.ts';
import { HostMeter } from './time/host-meter.ts';
import type { SpentWait } from './wait.ts';

export interface AssemblyOptions {
  readonly id: string;
  readonly profile: KernelProfile;
  /** What QEMU was started with. */
  readonly spec: QemuSpec;
  /** By `performance.now()`. */
  readonly startedAtMs: number;
  readonly observe: Observer;
  readonly consoleLogPath?: string | undefined;
  readonly symbols: Symbols | undefined;
  /** Of a fork. */
  readonly past?: MachinePast | undefined;
  /** Of a fork. */
  readonly sideChannel?: SideChannelState | undefined;
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
  const { id, profile, spec, startedAtMs, observe, consoleLogPath, symbols, past, sideChannel = { isUsed: false } } = options;
  const fate = new Fate();
  let client: QmpClient | undefined;
  const meter = new HostMeter(process.pid);
  void process.exited.then(() => meter.stop());
  const explain = async (error: BringupError, wait: SpentWait): Promise<BringupError> => {
    const { prompt } = profile;
    const known = { machineId: id, pid: process.pid, console, watch, fate, meter, observe, prompt, symbols, sideConsole: usedSide() };
    return client === undefined ? error : explainWait(error, wait, { ...known, qmp: client });
  };
  const hostKept = (sinceMs: number): number => meter.keptMs(sinceMs);
  const usedSide = (): Console | undefined => (side?.state.isUsed ? side.console : undefined);
  const console = new Console(process.serial, {
    spoolPath: consoleLogPath,
    pacing: profile.console.pacing,
    fate: fate.signal,
    explain,
    hostKept,
  });
  const side = process.side && new SideChannel(process.side, sideChannel, { fate: fate.signal, explain, hostKept });
  const watch = new EndWatch({ machineId: id, profile, console, process, fate, startedAtMs, observe, symbols, past });
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
        side,
        ports,
        disks,
        freezer,
        frozenShell,
        knowledge,
        fate,
        watch,
        meter,
        observe,
        explain,
      });
    },
  };
}
