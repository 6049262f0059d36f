import { describe, expect, test } from 'vitest';
import type { BringupError } from './errors.ts';
import { defineKernelProfile, type KernelProfileInput } from './profile.ts';

const least = {
  id: 'mine',
  title: 'My kernel',
  arch: 'aarch64',
  kernel: 'build/Image',
  cmdline: ['console=ttyAMA0'],
  machine: { type: 'virt', cpu: 'cortex-a72' },
  memoryMiB: 128,
  vcpus: 1,
  prompt: /# $/,
  shellDialect: 'posix',
} as const satisfies KernelProfileInput;

function failure(input: object): BringupError {
  try {
    defineKernelProfile(input as KernelProfileInput);
  } catch (error) {
    return error as BringupError;
  }
  throw new Error('expected the profile to be refused');
}

describe('defaults', () => {
  test('fill in what is left out', () => {
    expect(defineKernelProfile(least)).toMatchObject({
      bootMarkers: [],
      shellOn: 'console',
      console: { pacing: { mode: 'none' }, maxLineBytes: 1000 },
      capabilities: [],
      deviations: {},
      crashPatterns: [],
      timeouts: { bootMs: 60_000, commandMs: 30_000, shutdownMs: 5_000 },
      machine: { qemuArgs: [] },
      claims: {
        cpus: ['cortex-a53', 'cortex-a72', 'cortex-a76', 'max'],
        gicVersions: [2, 3],
        vcpus: [1, 4],
        memoryMiB: { min: 64, max: 4096 },
      },
    });
  });

  test('fill in what a record leaves out', () => {
    const { timeouts, console } = defineKernelProfile({ ...least, timeouts: { bootMs: 5 }, console: { maxLineBytes: 200 } });
    expect(timeouts).toEqual({ bootMs: 5, commandMs: 30_000, shutdownMs: 5_000 });
    expect(console).toEqual({ pacing: { mode: 'none' }, maxLineBytes: 200 });
    const { claims } = defineKernelProfile({ ...least, claims: { vcpus: [1], memoryMiB: { min: 128 } } });
    expect(claims).toMatchObject({ gicVersions: [2, 3], vcpus: [1], memoryMiB: { min: 128, max: 4096 } });
  });
});

test('a pattern may be source text, as in JSON: its ^ and $ are those of lines', () => {
  const { prompt, bootMarkers } = defineKernelProfile({ ...least, prompt: '^sis> $', bootMarkers: [{ id: 'mmu-on', pattern: 'MMU ON' }] });
  expect(prompt).toEqual(/^sis> $/m);
  expect(bootMarkers[0]?.pattern.test('[    0.1] MMU ON')).toBe(true);
});

describe('a wrong profile', () => {
  test('is refused as the configuration’s fault, with every wrong field named', () => {
    const error = failure({ ...least, arch: 'riscv64', memoryMiB: 0, machine: { type: 'virt' }, timeouts: { bootMs: -1 } });
    expect(error).toMatchObject({ code: 'profile-invalid', failureCause: 'broken-test', exitCode: 2 });
    expect(error.shortMessage).toMatch(/^kernel profile "mine" is not valid: /);
    for (const field of ['arch: ', 'memoryMiB: ', 'machine.cpu: ', 'timeouts.bootMs: ']) expect(error.shortMessage).toContain(field);
    expect(error.hint).toContain('docs/profiles.md');
  });

  test.for([
    { what: 'a time that no timer takes', fields: { timeouts: { bootMs: 2 ** 31 } }, says: 'timeouts.bootMs' },
    { what: 'a misspelt field', fields: { promt: /x/ }, says: 'promt' },
    { what: 'a misspelt field of a record', fields: { timeouts: { boot: 1 } }, says: 'timeouts: ' },
    { what: 'an id that is no file name', fields: { id: 'My Kernel' }, says: 'id: expected lower-case letters, digits and dashes' },
    { what: 'two parameters in one', fields: { cmdline: ['quiet panic=1'] }, says: 'cmdline.0: expected one kernel parameter' },
    { what: 'a pattern that is none', fields: { prompt: '(' }, says: 'prompt: ' },
    { what: 'a deviation of no check', fields: { deviations: { 'W^X': 'why' } }, says: 'deviations.W^X: ' },
    { what: 'a deviation without a reason', fields: { deviations: { 'd.wx': '' } }, says: 'deviations.d.wx: ' },
    {
      what: 'RAM from more to less',
      fields: { claims: { memoryMiB: { min: 5000 } } },
      says: 'claims.memoryMiB: expected min to be at most max',
    },
    { what: 'a GIC that QEMU’s virt has not', fields: { claims: { gicVersions: [1] } }, says: 'claims.gicVersions.0: ' },
    { what: 'a pacing without its figures', fields: { console: { pacing: { mode: 'delay' } } }, says: 'console.pacing.chunkBytes: ' },
  ])('with $what', ({ fields, says }) => {
    expect(failure({ ...least, ...fields }).shortMessage).toContain(says);
  });

  test('without an id is named as that', () => {
    expect(failure({}).shortMessage).toContain('kernel profile "(no id)" is not valid: id: ');
  });
});

describe('extends', () => {
  const base = defineKernelProfile({
    ...least,
    machine: { type: 'virt', cpu: 'max', qemuArgs: ['-S'] },
    bootMarkers: [{ id: 'entry', pattern: /Booting/ }],
    timeouts: { bootMs: 7 },
    deviations: { 'a1.x': 'no x' },
    claims: { vcpus: [1] },
  });

  test('takes over what the profile leaves out', () => {
    expect(defineKernelProfile({ id: 'child', extends: base })).toEqual({ ...base, id: 'child' });
  });

  test('merges records field by field, and replaces lists and values', () => {
    const child = defineKernelProfile({
      id: 'child',
      extends: base,
      machine: { type: 'virt', cpu: 'cortex-a53' },
      timeouts: { commandMs: 9 },
      claims: { gicVersions: [3] },
      deviations: { 'a1.y': 'no y' },
      cmdline: ['quiet'],
      memoryMiB: 64,
    });
    expect(child.machine).toEqual({ type: 'virt', cpu: 'cortex-a53', qemuArgs: ['-S'] });
    expect(child.claims).toEqual({ ...base.claims, vcpus: [1], gicVersions: [3] });
    expect(child.timeouts).toEqual({ ...base.timeouts, bootMs: 7, commandMs: 9 });
    expect(child.deviations).toEqual({ 'a1.x': 'no x', 'a1.y': 'no y' });
    expect(child).toMatchObject({ cmdline: ['quiet'], memoryMiB: 64, bootMarkers: base.bootMarkers });
  });

  test('leaves the base as it is', () => {
    const before = structuredClone({ ...base, kernel: undefined });
    defineKernelProfile({ id: 'child', extends: base, timeouts: { bootMs: 1 }, deviations: { 'a1.z': 'z' } });
    expect({ ...base, kernel: undefined }).toEqual(before);
  });

  test('a wrong field of the profile is named, not the base’s', () => {
    expect(failure({ id: 'child', extends: base, vcpus: 0 }).shortMessage).toMatch(/^kernel profile "child" is not valid: vcpus: [^;]*$/);
  });
});

test('a pattern’s position-keeping flags are dropped, so that every line is matched from its start', () => {
  const { prompt, bootMarkers } = defineKernelProfile({ ...least, prompt: /# $/gm, bootMarkers: [{ id: 'one', pattern: /x/y }] });
  expect([prompt.flags, bootMarkers[0]?.pattern.flags]).toEqual(['m', '']);
});
