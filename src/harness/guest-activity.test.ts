import { expect, test } from 'vitest';
import { programCounters } from './guest-activity.ts';

// In the form of QEMU's target/arm/cpu.c and target/i386/cpu-dump.c.
const arm64 = `
CPU#0
 PC=ffffc34a18f5ca4c X00=0000000000000000 X01=ffffc34a1a2b6d40
X02=0000000000000001 SP=ffffc34a1a2a3e40
PSTATE=600000c5 -ZC- EL1h     FPU disabled

CPU#1
 PC=0000000000490710 X00=0000000000000001
`;
const x86 = `
CPU#0
RAX=0000000000000000 RBX=ffffffff82a14940
RIP=ffffffff81c0b0cb RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1
`;

test('program counters are found by vCPU', () => {
  expect([...programCounters(arm64)]).toEqual([
    [0, '0xffffc34a18f5ca4c'],
    [1, '0x0000000000490710'],
  ]);
  expect([...programCounters(x86)]).toEqual([[0, '0xffffffff81c0b0cb']]);
});

test('text without registers has none', () => {
  expect(programCounters("unknown command: 'info registers'\r\n").size).toBe(0);
  expect(programCounters('').size).toBe(0);
});
