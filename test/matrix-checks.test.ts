import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { defineKernelProfile, type KernelProfileInput } from '../src/model/profile.ts';
import { a0, type Check } from '../src/phases/index.ts';
import { runCheck } from '../src/phases/run-check.ts';

const matrix = a0.checks.filter(({ guest }) => guest.init !== 'shell' && 'probe' in guest.init && guest.init.probe === 'a0-machine');

function matrixCheck(end: string): Check {
  return matrix.find(({ id }) => id === `a0.boot.${end}`) as Check;
}

const profileWith = (fields: Partial<KernelProfileInput>) => defineKernelProfile({ ...fields, id: 'other', extends: linuxArm64 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-matrix-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function resultOf(end: string, append: readonly string[], profile = linuxArm64) {
  const consoleLogPath = join(folder, `${end}.log`);
  const result = await runCheck(matrixCheck(end), { profile, overrides: { append }, record: () => {}, consoleLogPath, machineId: 'm' });
  return { ...result, console: await readFile(consoleLogPath, 'utf8').catch(() => '') };
}

test('the matrix is the specification’s', () => {
  expect(matrix.map(({ id }) => id.replace('a0.boot.', ''))).toEqual([
    'cpu-cortex-a53',
    'cpu-cortex-a72',
    'cpu-cortex-a76',
    'cpu-max',
    'gic-2',
    'gic-3',
    'vcpus-1',
    'vcpus-4',
    'memory-mib-64',
    'memory-mib-128',
    'memory-mib-1024',
    'memory-mib-4096',
  ]);
});

test.for([
  {
    what: 'leaves half of its RAM alone',
    end: 'memory-mib-1024',
    append: ['mem=512M'],
    message: /^RAM that sysinfo counts: expected 786432 to 1048576 KiB, got \d{6}$/,
  },
  {
    what: 'starts two of four vCPUs',
    end: 'vcpus-4',
    append: ['maxcpus=2'],
    message: /^every vCPU was started by the time init runs; not started: 2, 3/,
  },
])('a kernel that $what fails by assertion', async ({ end, append, message }) => {
  expect(await resultOf(end, append)).toMatchObject({ outcome: 'FAIL', cause: 'assertion', message: expect.stringMatching(message) });
});

test.for([
  // MIDR_EL1, as Linux prints it of its boot CPU: implementer and part (Arm ARM D17.2.101).
  { end: 'cpu-cortex-a53', sees: /physical CPU 0x0+ \[0x410fd03/ },
  { end: 'cpu-cortex-a72', sees: /physical CPU 0x0+ \[0x410fd08/ },
  { end: 'cpu-cortex-a76', sees: /physical CPU 0x0+ \[0x41.fd0b/ },
  { end: 'cpu-max', sees: /physical CPU 0x0+ \[0x000f0510/ },
  { end: 'gic-2', sees: /GICv2m: range/ },
  { end: 'gic-3', sees: /GICv3: \d+ SPIs/ },
])('$end boots what it says', async ({ end, sees }) => {
  const other = profileWith({ machine: { type: 'virt,highmem=on,gic-version=max', cpu: 'cortex-a57' } });
  const { outcome, message, console } = await resultOf(end, [], other);
  expect(outcome, message ?? '').toBe('PASS');
  expect(console).toMatch(sees);
});

test('what a profile does not claim is SKIP, and nothing is booted: there is no such kernel', async () => {
  const modest = profileWith({ claims: { cpus: ['cortex-a72'], gicVersions: [3], vcpus: [1], memoryMiB: { min: 128, max: 1024 } } });
  const skipped = matrix.filter(({ skipWhere }) => skipWhere?.(modest) !== undefined).map(({ id }) => id.replace('a0.boot.', ''));
  expect(skipped).toEqual(['cpu-cortex-a53', 'cpu-cortex-a76', 'cpu-max', 'gic-2', 'vcpus-4', 'memory-mib-64', 'memory-mib-4096']);
  const { outcome, message } = await resultOf('gic-2', [], { ...modest, kernel: '/nowhere' });
  expect({ outcome, message }).toEqual({ outcome: 'SKIP', message: 'the profile does not claim to boot with a GICv2' });
});

test('by default a profile claims all of it; one of x86-64 has neither those CPUs nor a GIC', () => {
  expect(matrix.filter(({ skipWhere }) => skipWhere?.(linuxArm64) !== undefined)).toEqual([]);
  const pc = profileWith({ arch: 'x86_64' });
  const skipped = matrix.flatMap(({ skipWhere }) => skipWhere?.(pc) ?? []);
  expect(skipped).toHaveLength(6);
  expect(skipped).toContain('x86_64 has no machine with a GICv3');
});
