import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoppedGuest } from '../../harness/gdb/stopped-guest.ts';
import { type CheckContext, check, probe } from '../define.ts';

/** What a vCPU was caught at. */
interface Sample {
  readonly vcpu: number;
  readonly pc: bigint;
  /** Exception level, 0 to 3. */
  readonly level: number;
  /** Whether an IRQ would be taken: PSTATE.I is clear. */
  readonly takesInterrupts: boolean;
  /** Where exceptions go that EL1 takes, and those of EL2 where the kernel runs there: VBAR_ELx. */
  readonly vectors: bigint;
}

/** PSTATE's fields as SPSR has them (Arm ARM C5.2.19). */
const maskI = 1n << 7n;
const aarch32 = 1n << 4n;
const vectorAlignment = 2048n;

async function sampleOf(guest: StoppedGuest, vcpu: number): Promise<Sample> {
  const pstate = await guest.readRegister('cpsr', { vcpu });
  const level = pstate & aarch32 ? 0 : Number((pstate >> 2n) & 3n);
  const vectors = await guest.readRegister(level === 2 ? 'VBAR_EL2' : 'VBAR_EL1', { vcpu });
  return { vcpu, pc: await guest.readRegister('pc', { vcpu }), level, takesInterrupts: (pstate & maskI) === 0n, vectors };
}

/** All vCPUs at one moment. */
async function takeSamples({ machine, signal }: CheckContext): Promise<Sample[]> {
  const guest = await machine.gdb.interrupt({ signal });
  try {
    const samples: Sample[] = [];
    for (let vcpu = 0; vcpu < guest.vcpus; vcpu += 1) samples.push(await sampleOf(guest, vcpu));
    return samples;
  } finally {
    await guest[Symbol.asyncDispose]();
  }
}

const areInstalled = ({ vectors }: Sample): boolean => vectors !== 0n && vectors % vectorAlignment === 0n;

function assertInstalled(sample: Sample, when: string): void {
  const { vcpu, pc, level, vectors } = sample;
  const where = `vCPU ${vcpu} at EL${level}, PC 0x${pc.toString(16)}`;
  assert.ok(areInstalled(sample), `${when}: expected VBAR non-zero and 2 KiB aligned, got 0x${vectors.toString(16)} (${where})`);
}

/** Close together first, when a kernel sets itself up; further apart the longer it takes, so that a slow boot is not kept from booting. */
const shortestPauseMs = 10;
const pauseShare = 0.05;

async function assertVectorsInstalled(context: CheckContext): Promise<void> {
  const { console, metric, within } = context;
  const taken: Sample[] = [];
  const startedAtMs = performance.now();
  let isInitRunning = false;
  const initRuns = console.expect('PROBE IDLES', within(30_000)).then(() => {
    isInitRunning = true;
  });
  // Sampling may fail first.
  initRuns.catch(() => {});
  while (!isInitRunning) {
    const samples = await takeSamples(context);
    taken.push(...samples);
    for (const sample of samples) if (sample.takesInterrupts) assertInstalled(sample, 'interrupts are unmasked');
    const pauseMs = Math.max(shortestPauseMs, pauseShare * (performance.now() - startedAtMs));
    // A wait that fails ends the pause as well.
    await Promise.race([sleep(pauseMs), initRuns]);
  }
  const [boot] = await takeSamples(context);
  assertInstalled(boot as Sample, 'init runs');
  const count = (takesInterrupts: boolean, installed: boolean): number =>
    taken.filter((sample) => sample.takesInterrupts === takesInterrupts && areInstalled(sample) === installed).length;
  metric('vectors_samples_unmasked_installed', count(true, true));
  metric('vectors_samples_masked_installed', count(false, true));
  metric('vectors_samples_masked_not_installed', count(false, false));
}

/** Exception vectors, seen from outside. */
export const vectorChecks = [
  check(
    'a0.vectors.installed',
    'exception vectors are installed before interrupts: VBAR_EL1 is non-zero and 2 KiB aligned wherever they are unmasked, and when init runs',
    {
      guest: { init: probe('a0-idle'), gdbstub: true },
      skipWhere: ({ arch }) => (arch === 'aarch64' ? undefined : `VBAR_EL1 is a register of aarch64, the profile’s arch is ${arch}`),
    },
    assertVectorsInstalled,
  ),
];
