import { afterAll, beforeAll, expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { defineKernelProfile } from '../src/model/profile.ts';
import { a0, type Check } from '../src/phases/index.ts';
import { type CheckEvent, runCheck } from '../src/phases/run-check.ts';
import { bareKernel, kernelFolder } from './bare-kernel.ts';

const check = a0.checks.find(({ id }) => id === 'a0.vectors.installed') as Check;

let folder: Awaited<ReturnType<typeof kernelFolder>>;
beforeAll(async () => {
  folder = await kernelFolder();
});
afterAll(() => folder.remove());

async function resultOf(code: string | undefined, vcpus = 1) {
  const profile = defineKernelProfile({ id: 'bare', extends: linuxArm64, bootMarkers: [], vcpus });
  const events: CheckEvent[] = [];
  const kernel = code === undefined ? undefined : await bareKernel(code, folder.path);
  const overrides = { kernel };
  const record = (event: CheckEvent) => void events.push(event);
  const result = await runCheck(check, { profile, overrides, record, consoleLogPath: '/dev/null', machineId: 'm' });
  const metrics = events.flatMap((event) => (event.type === 'metric' ? [[event.name, event.value] as const] : []));
  return { ...result, metrics: Object.fromEntries(metrics) };
}

const setVectors = 'adr x0, vectors\n msr vbar_el1, x0\n isb';
const unmask = 'msr daifclr, #2';
/** About half a second of emulated time. */
const spin = 'movz x4, #0x1000, lsl #16\n 3: sub x4, x4, #1\n cbnz x4, 3b';

interface BrokenKernel {
  readonly what: string;
  readonly code: string;
  readonly vcpus?: number;
  readonly message: RegExp;
}

test.for<BrokenKernel>([
  {
    what: 'unmasks interrupts and has no vectors',
    code: unmask,
    message: /^interrupts are unmasked: .*got 0x0 \(vCPU 0 at EL1, PC 0x4008/,
  },
  {
    what: 'has its vectors where the CPU can’t take them',
    code: `adr x0, vectors\n add x0, x0, #0x400\n msr vbar_el1, x0\n ${unmask}`,
    message: /^interrupts are unmasked: .*got 0x4008[08]?[0-9a-f]*[4c]00 /,
  },
  {
    what: 'installs its vectors too late',
    code: `${unmask}\n ${spin}\n msr daifset, #2\n ${setVectors}\n ${unmask}\n print idles`,
    message: /^interrupts are unmasked: /,
  },
  { what: 'never installs any, and keeps interrupts masked', code: 'print idles', message: /^init runs: .*got 0x0 / },
  {
    what: 'forgets those of its second vCPU',
    vcpus: 2,
    // PSCI CPU_ON (DEN0022, 5.1.4).
    code: `${setVectors}\n movz x0, #3\n movk x0, #0xc400, lsl #16\n mov x1, #1\n adr x2, second\n mov x3, #0\n hvc #0\n ${unmask}`,
    message: /^interrupts are unmasked: .*got 0x0 \(vCPU 1 /,
  },
])('a kernel that $what fails by assertion', async ({ code, vcpus, message }) => {
  expect(await resultOf(code, vcpus)).toMatchObject({ outcome: 'FAIL', cause: 'assertion', message: expect.stringMatching(message) });
});

test('a kernel that installs them first passes', async () => {
  const { outcome, metrics, message } = await resultOf(`${spin}\n ${setVectors}\n ${unmask}\n ${spin}\n print idles`);
  expect(outcome, message ?? '').toBe('PASS');
  expect(metrics.vectors_samples_masked_not_installed).toBeGreaterThan(0);
  expect(metrics.vectors_samples_unmasked_installed).toBeGreaterThan(0);
});

test('the reference kernel passes, and was seen both with interrupts masked and unmasked', async () => {
  const { outcome, metrics, message } = await resultOf(undefined);
  expect(outcome, message ?? '').toBe('PASS');
  expect(metrics.vectors_samples_unmasked_installed).toBeGreaterThan(0);
  expect(metrics.vectors_samples_masked_installed).toBeGreaterThan(0);
});

test('a profile of another architecture skips it', async () => {
  const profile = defineKernelProfile({ id: 'pc', extends: linuxArm64, arch: 'x86_64' });
  expect(check.skipWhere?.(profile)).toContain('VBAR_EL1 is a register of aarch64');
});
