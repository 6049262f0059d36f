import type { CpioEntry } from '../artifacts/index.ts';
import type { Console } from '../harness/console/console.ts';
import type { DiskOptions } from '../harness/devices/disk.ts';
import type { DiskFile } from '../harness/devices/disk-file.ts';
import type { NetworkOptions } from '../harness/devices/network.ts';
import type { Lab } from '../harness/lab/lab.ts';
import type { Machine } from '../harness/machine.ts';
import type { Preparation } from '../harness/preparation.ts';
import type { Shell } from '../harness/shell/shell.ts';
import type { VirtualTime } from '../harness/time/virtual-time.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';

/** A guest whose PID 1 is a probe (`initramfs/probes/<name>.c`): one serial line, no shell. */
export interface ProbeInit {
  readonly probe: string;
}

export function probe(name: string): ProbeInit {
  return { probe: name };
}

/**
 * A guest whose PID 1 is a script of the profile's userland (`initramfs/scripts/<name>.sh`). It says nothing to the host but what it prints, and is
 * told nothing: with virtual time each boot is the same to the last instruction.
 */
export interface ScriptInit {
  readonly script: string;
  /** Probes that it finds as `/probes/<name>`. */
  readonly programs: readonly string[];
}

/** The smallest guest a check needs; what is left out is the profile's. */
export type GuestNeeds = MachineNeeds &
  (
    | { readonly init: ProbeInit | ScriptInit }
    | {
        /** The profile's userland, booted to its prompt. */
        readonly init: 'shell';
        /** Probes that the shell finds as `/probes/<name>`. */
        readonly programs?: readonly string[];
      }
  );

export interface MachineNeeds {
  readonly memoryMiB?: number;
  readonly vcpus?: number;
  /** QEMU's name of the CPU model. */
  readonly cpu?: string;
  /** Version of the interrupt controller (QEMU's manual, "virt" machine). */
  readonly gicVersion?: 2 | 3;
  /** Whether the check reads or writes registers: `machine.gdb`. @default false */
  readonly gdbstub?: boolean;
  /** More kernel parameters. */
  readonly append?: readonly string[];
  /** `disk0`, `disk1`, ...: blank, or copies of images. They are the check's own, and stay over its restarts. A fork has them plugged in. @default none */
  readonly disks?: readonly DiskOptions[];
  /** Network cards `net0`, `net1`, ... @default none */
  readonly networks?: readonly NetworkOptions[];
  /** In place of `networks`: its cards net0, net1, ... are on these segments of the check's lab, as the machine `guest`. @default none */
  readonly segments?: readonly string[];
  /** How many devices the check plugs in (`machine.plug`). @default 0 */
  readonly hotplugPorts?: number;
  /** Done once to a machine at its prompt: checks with equal needs get forks of it. With disks it is done to each, when they are there. @default nothing */
  readonly preparation?: Preparation;
  /**
   * For checks of how the guest shares its time, and of figures: they are not the host's. Such a machine is booted.
   * @default the host's time
   */
  readonly virtualTime?: VirtualTime;
  /** Whether the check is about the boot itself: its machine is then no fork of one that was booted before. @default false */
  readonly boots?: boolean;
}

/** What a figure was made of. */
export interface MetricDetails {
  /** How many values it was taken from. */
  readonly samples: number;
  /** Which percentile of them it is, by sorted[floor((n - 1) * p / 100)]; left out where it is none. */
  readonly percentile?: number;
}

/** `poweroff` and `reboot` are typed at the shell; `power-cut` asks nobody. */
export type HowToEnd = 'poweroff' | 'reboot' | 'power-cut';

export interface BootAgainOptions {
  /** More kernel parameters for this boot. */
  readonly append?: readonly string[];
  /** Entries put over those of the check's initramfs. */
  readonly overlay?: readonly CpioEntry[];
}

export interface CheckContext {
  readonly machine: Machine;
  readonly console: Console;
  /** @throws BringupError `usage` where the guest has no shell. */
  readonly shell: Shell;
  /** The shell on the console, for checks of the console itself; the same as `shell` where the profile offers it no other place. */
  readonly consoleShell: Shell;
  readonly profile: KernelProfile;
  /**
   * Where the cards are that the check's guest has on `segments`. Machines that it starts run the reference kernel, not the one under test; one of
   * them that ends makes the check a MISS.
   */
  readonly lab: Lab;
  /** Aborts when the check's budget is spent or the run is stopped. */
  readonly signal: AbortSignal;
  /** Which round of a soak this is, from 0: what is made from a seed takes another one in each. */
  readonly iteration: number;
  /**
   * A check's own time-out, with its `signal`: that many milliseconds on the host that the profiles were measured on, and as many times
   * more as this one is slower.
   */
  within(ms: number): { timeoutMs: number; signal: AbortSignal };
  /**
   * What one of the check's disks holds. To be read on the host while no machine runs.
   * @throws BringupError `usage` where the check has no such disk.
   */
  disk(index?: number): DiskFile;
  /**
   * Ends the check's machine, so that this end is no failure. After a power cut a disk with a write log holds what was durable at the least: all before its last
   * FLUSH, and writes with FUA. Other disks keep what they were sent, flushed or not.
   * @throws BringupError the machine's real end where it is another one; `expect-timeout`; `aborted`.
   */
  end(how: HowToEnd): Promise<void>;
  /**
   * Boots the check's machine again, after its end, with the disks as they are now.
   * @throws BringupError `usage` while it runs; what kept it from its prompt.
   */
  boot(options?: BootAgainOptions): Promise<CheckContext>;
  /** Both: `end`, then `boot`. */
  restart(how: HowToEnd, options?: BootAgainOptions): Promise<CheckContext>;
  /** Records a figure; the unit is the name's suffix (`_ns`, `_bytes`, `_hz`), before that of a percentile (`_ns_p99`). */
  metric(name: string, value: number, details?: MetricDetails): void;
}

export type CheckBody = (context: CheckContext) => Promise<void>;

/** One acceptance criterion. A check passes when its body returns and the kernel log stayed clean. */
export interface Check {
  /** `<phase>.<topic>.<what>`, e.g. `a1.pipe.yes-head-wc`. */
  readonly id: string;
  /** What a kernel shows that passes, in words. */
  readonly title: string;
  /** Section of the specification that the criterion comes from. */
  readonly source: string;
  /** Host time the check may take, boot included, in milliseconds. */
  readonly budgetMs: number;
  readonly guest: GuestNeeds;
  /** Classes of kernel reports that belong to the check, e.g. `oom-kill`: they don't fail it. */
  readonly expects: readonly string[];
  /** Why the check has nothing to show on a kernel of this profile: then it is SKIP, with these words. */
  readonly skipWhere?: (profile: KernelProfile) => string | undefined;
  readonly run: CheckBody;
}

/** A check as its phase's file writes it: what is left out is the phase's. */
export type CheckDraft = Pick<Check, 'id' | 'title' | 'run'> & Partial<Omit<Check, 'id' | 'title' | 'run'>>;

export type CheckOptions = Partial<Pick<Check, 'source' | 'budgetMs' | 'guest' | 'expects' | 'skipWhere'>>;

export function check(id: string, title: string, run: CheckBody): CheckDraft;
export function check(id: string, title: string, options: CheckOptions, run: CheckBody): CheckDraft;
export function check(id: string, title: string, second: CheckOptions | CheckBody, third?: CheckBody): CheckDraft {
  return typeof second === 'function' ? { id, title, run: second } : { id, title, ...second, run: third as CheckBody };
}

export interface Phase {
  readonly id: string;
  readonly title: string;
  /** Phases that must hold before this one means anything. */
  readonly requires: readonly string[];
  readonly checks: readonly Check[];
}

export interface PhaseDraft {
  readonly id: string;
  readonly title: string;
  readonly requires?: readonly string[];
  /** The guest of checks that name none. */
  readonly machine: GuestNeeds;
  /** Of checks that name none. */
  readonly source: string;
  /** Of checks that name none, in milliseconds. @default 60000 */
  readonly budgetMs?: number;
  readonly checks: readonly CheckDraft[];
}

/**
 * Puts a phase together and gives its checks the phase's guest, source and budget.
 * @throws BringupError `usage` for an id that is used twice or does not begin with the phase's.
 */
export function definePhase(draft: PhaseDraft): Phase {
  const seen = new Set<string>();
  for (const { id } of draft.checks) {
    if (!id.startsWith(`${draft.id}.`)) throw wrongId(id, `does not begin with "${draft.id}."`);
    if (seen.has(id)) throw wrongId(id, `is used twice in phase ${draft.id}`);
    seen.add(id);
  }
  const { source, machine: guest, budgetMs = 60_000 } = draft;
  return {
    id: draft.id,
    title: draft.title,
    requires: draft.requires ?? [],
    checks: draft.checks.map((each) => ({ source, guest, budgetMs, expects: [], ...each })),
  };
}

function wrongId(id: string, what: string): BringupError {
  return new BringupError('usage', `check id "${id}" ${what}`, {
    hint: 'give every check of a phase an id of its own: `<phase>.<topic>.<what>`.',
  });
}
