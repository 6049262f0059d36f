import { describe, expect, it } from 'vitest';
import { compareUsage, readUsage } from './usage.ts';

const printed = 'process sh alive\nprocess init alive\ndescriptors 12\nfiles 64\navailable 200000\n';
const before = readUsage(printed);

describe('readUsage', () => {
  it('reads processes in order, open files and memory', () => {
    expect(before).toEqual({ processes: ['init alive', 'sh alive'], descriptors: 12, files: 64, availableKiB: 200000, cpus: 1 });
  });

  it('leaves out what the guest has no file for', () => {
    expect(readUsage('process init alive\n')).toEqual({ processes: ['init alive'], cpus: 1 });
  });

  it('refuses a listing without a process', () => {
    expect(() => readUsage('files 64\n')).toThrow(/lists its processes; it printed: files 64/);
  });
});

describe('compareUsage', () => {
  it('finds no leak within the tolerances', () => {
    const after = readUsage(printed.replace('64', '128').replace('200000', '197952'));
    expect(compareUsage(before, after)).toEqual({
      leaks: [],
      figures: { leak_processes: 0, leak_descriptors: 0, leak_files: 64, leak_memory_kib: 2048 },
    });
  });

  it('tolerates more on a machine of more CPUs', () => {
    const four = `${printed}cpus 4\n`;
    const grown = (files: number, availableKiB: number) =>
      readUsage(four.replace('64', String(files)).replace('200000', String(availableKiB)));
    expect(compareUsage(readUsage(four), grown(320, 194_880)).leaks).toEqual([]);
    expect(compareUsage(readUsage(four), grown(321, 194_879)).leaks).toHaveLength(2);
  });

  it.each([
    ['a process more', `${printed}process sleep alive\n`, /processes before: .*; after: .*sleep alive/],
    ['a process less', 'process init alive\n', /processes before/],
    ['a zombie in a process’s place', printed.replace('sh alive', 'sh zombie'), /sh zombie/],
    ['an open descriptor', printed.replace('12', '13'), /12 became 13/],
    ['open files', printed.replace('64', '129'), /64 became 129/],
    ['memory', printed.replace('200000', '197951'), /200000 became 197951 KiB/],
  ])('finds %s', (_, output, what) => {
    const { leaks } = compareUsage(before, readUsage(output));
    expect(leaks).toHaveLength(1);
    expect(leaks[0]).toMatch(what);
  });
});
