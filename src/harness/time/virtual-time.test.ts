import { expect, test } from 'vitest';
import { virtualTimeArguments } from './virtual-time.ts';

test.for([
  [1, 'shift=0,sleep=off'],
  [8, 'shift=3,sleep=off'],
  [1024, 'shift=10,sleep=off'],
] as const)('%i ns an instruction', ([nsPerInstruction, icount]) => {
  expect(virtualTimeArguments({ nsPerInstruction })).toEqual(['-icount', icount, '-rtc', 'base=2026-01-01,clock=vm']);
});

test.for([0, 3, 0.5, 2048, -1, Number.NaN])('%d is refused', (nsPerInstruction) => {
  expect(() => virtualTimeArguments({ nsPerInstruction })).toThrow('virtualTime.nsPerInstruction: expected a power of two from 1 to 1024');
});
