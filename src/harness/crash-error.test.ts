import { describe, expect, test } from 'vitest';
import { crashError } from './crash-error.ts';
import { Clues } from './diagnosis/clues.ts';

const none = { lines: [], clues: [] };
const killedInit = (code: string) => ({ title: `panic: Attempted to kill init! exitcode=0x${code}`, text: 'panic\n' });

describe('a crash’s error', () => {
  test('has the whole report and what stood before it', () => {
    const text = Array.from({ length: 200 }, (_, index) => `line ${index}\n`).join('');
    const error = crashError({ title: 'Oops', text }, { lines: ['before 1', 'before 2'], clues: [] });
    expect(error).toMatchObject({ code: 'guest-crash', failureCause: 'guest-crash', shortMessage: 'the guest crashed: Oops' });
    expect(error.consoleTail).toBe(`before 1\nbefore 2\n${text.trimEnd()}`);
    expect(error.hint).toBe('read the kernel’s own crash report: its first lines name the place.');
  });

  test.for([
    ['00000300', 'PID 1 exited with status 3; an init must never end.'],
    ['00000000', 'PID 1 exited with status 0; an init must never end.'],
    ['0000000b', 'PID 1 was killed by signal 11 (SIGSEGV).'],
    ['00000084', 'PID 1 was killed by signal 4 (SIGILL).'],
    ['0000003f', 'PID 1 was killed by signal 63 (unknown).'],
  ])('reads PID 1’s end from exit code 0x%s', ([code, hint]) => {
    expect(crashError({ ...killedInit(code as string), hint: 'how to read it' }, none).hint).toBe(hint);
  });

  test('adds what the kernel said before to the signature’s own hint', () => {
    const clues = [{ text: 'Initramfs unpacking failed: junk', advice: 'copy it again.' }];
    const error = crashError({ title: 'panic', text: '', hint: 'is it whole?' }, { lines: [], clues });
    expect(error.hint).toBe('is it whole? The kernel said “Initramfs unpacking failed: junk”: copy it again.');
  });
});

describe('clues', () => {
  const cluesOf = (...lines: string[]) => {
    const clues = new Clues();
    for (const line of lines) clues.take(line);
    return clues.all;
  };

  test.for([
    ['[    0.436624] Initramfs unpacking failed: read error', 'Initramfs unpacking failed: read error', 'cut short'],
    ['[    0.781063] Warning: unable to open an initial console.', 'Warning: unable to open an initial console', 'console='],
    ['check access for rdinit=/sbin/init failed: -2, ignoring', 'check access for rdinit=/sbin/init failed: -2', 'rdinit='],
    ['[    0.913446] Failed to execute /sbin/init (error -8)', 'Failed to execute /sbin/init (error -8)', 'architecture'],
    ['swapper: page allocation failure: order:6, mode:0x0()', 'swapper: page allocation failure: order:6', 'memoryMiB'],
    ['SLUB: Unable to allocate memory on node -1, gfp=0xdc0', 'SLUB: Unable to allocate memory on node', 'memoryMiB'],
  ])('%s', ([line, text, advice]) => {
    expect(cluesOf(line as string)).toEqual([{ text, advice: expect.stringContaining(advice as string) }]);
  });

  test('the first of a kind counts, other lines don’t', () => {
    const found = cluesOf(
      'booting',
      'Failed to execute /a (error -2)',
      'Failed to execute /b (error -2)',
      'ls: page allocation failure: order:0',
    );
    expect(found.map(({ text }) => text)).toEqual(['Failed to execute /a (error -2)']);
  });
});
