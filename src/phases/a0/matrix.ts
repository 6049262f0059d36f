import assert from 'node:assert/strict';
import { parseRegisters } from '../../harness/diagnosis/registers.ts';
import type { KernelProfile } from '../../model/profile.ts';
import { type CheckContext, type CheckDraft, check, type MachineNeeds, probe } from '../define.ts';
import { runProbe } from '../probe-check.ts';
import { assertAllPassed, type ProbeReport } from '../probe-report.ts';

/** One machine of the matrix. */
interface Configuration {
  /** End of the check's id. */
  readonly id: string;
  /** What the machine has: "boots with ...". */
  readonly words: string;
  readonly guest: MachineNeeds;
  readonly isClaimed: (claims: KernelProfile['claims']) => boolean;
  /** Whether only AArch64 has such machines. */
  readonly isArms?: boolean;
  /** Asserted of the machine while init sleeps, and of what init found. */
  readonly whileInitSleeps?: (context: CheckContext) => Promise<void>;
  readonly ofReport?: (report: ProbeReport) => void;
}

const results = ['getpid', 'sleeps', 'slept-long-enough', 'counts-ram'].map((end) => `a0.machine.${end}`);

function bootsWith({ id, words, guest, isClaimed, isArms = false, whileInitSleeps, ofReport }: Configuration): CheckDraft {
  const options = {
    guest: { init: probe('a0-machine'), ...guest },
    skipWhere: ({ arch, claims }: KernelProfile): string | undefined => {
      if (isArms && arch !== 'aarch64') return `${arch} has no machine with ${words}`;
      return isClaimed(claims) ? undefined : `the profile does not claim to boot with ${words}`;
    },
    budgetMs,
  };
  return check(`a0.boot.${id}`, `boots with ${words} to init, and timer interrupts arrive`, options, async (context) => {
    await context.console.expect('PROBE IDLES', context.within(readyTimeoutMs));
    await whileInitSleeps?.(context);
    const report = await runProbe(context, 'a0-machine');
    assertAllPassed(report, results);
    ofReport?.(report);
  });
}

/** From QEMU's start to init, on the slowest CPU model: `max` has pointer authentication, which TCG computes in software. */
const readyTimeoutMs = 40_000;
/** More than all waits together. */
const budgetMs = 120_000;

const cpuModels = ['cortex-a53', 'cortex-a72', 'cortex-a76', 'max'].map((cpu) =>
  bootsWith({
    id: `cpu-${cpu}`,
    words: `the CPU ${cpu}`,
    guest: { cpu },
    isClaimed: ({ cpus }) => cpus.includes(cpu),
    isArms: true,
  }),
);

const interruptControllers = ([2, 3] as const).map((gicVersion) =>
  bootsWith({
    id: `gic-${gicVersion}`,
    words: `a GICv${gicVersion}`,
    guest: { gicVersion },
    isClaimed: ({ gicVersions }) => gicVersions.includes(gicVersion),
    isArms: true,
  }),
);

/** Where QEMU's vCPUs stand that nobody has started (AArch64: PSCI, powered off; x86-64: waiting for SIPI). */
const resetPcs: Readonly<Record<KernelProfile['arch'], bigint>> = { aarch64: 0n, x86_64: 0xfff0n };

async function assertAllStarted({ machine, profile }: CheckContext): Promise<void> {
  const registers = await machine.qmp.execute('human-monitor-command', { 'command-line': 'info registers -a' });
  const pcs = [...parseRegisters(String(registers))].map(([vcpu, { pc }]) => ({ vcpu, pc }));
  assert.equal(pcs.length, profile.vcpus, `vCPUs that QEMU shows: expected ${profile.vcpus}, got ${pcs.length}`);
  const waiting = pcs.filter(({ pc }) => pc === resetPcs[profile.arch]).map(({ vcpu }) => vcpu);
  assert.deepEqual(waiting, [], `every vCPU was started by the time init runs; not started: ${waiting.join(', ')}`);
}

const vcpuCounts = [1, 4].map((vcpus) =>
  bootsWith({
    id: `vcpus-${vcpus}`,
    words: vcpus === 1 ? '1 vCPU' : `${vcpus} vCPUs`,
    guest: { vcpus },
    isClaimed: (claims) => claims.vcpus.includes(vcpus),
    whileInitSleeps: assertAllStarted,
  }),
);

/** What a kernel may keep for itself: a quarter of the RAM, or this where it is more. */
const kernelOwnKib = 32 * 1024;

function assertRamCounted(memoryMiB: number, { metrics }: ProbeReport): void {
  const given = memoryMiB * 1024;
  const least = Math.min((given * 3) / 4, given - kernelOwnKib);
  const total = metrics.get('ram_total_kib') ?? Number.NaN;
  assert.ok(total >= least && total <= given, `RAM that sysinfo counts: expected ${least} to ${given} KiB, got ${total}`);
}

const memorySizes = [64, 128, 1024, 4096].map((memoryMiB) =>
  bootsWith({
    id: `memory-mib-${memoryMiB}`,
    words: `${memoryMiB} MiB of RAM`,
    guest: { memoryMiB },
    isClaimed: ({ memoryMiB: { min, max } }) => min <= memoryMiB && memoryMiB <= max,
    ofReport: (report) => assertRamCounted(memoryMiB, report),
  }),
);

/** The machines that a kernel is to boot on, each in one respect other than the profile's. */
export const matrixChecks = [...cpuModels, ...interruptControllers, ...vcpuCounts, ...memorySizes];
