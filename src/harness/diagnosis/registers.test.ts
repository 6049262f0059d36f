import { expect, test } from 'vitest';
import { parseRegisters } from './registers.ts';

// In the form of QEMU's target/arm/cpu.c and target/i386/cpu-dump.c.
const arm64 = `
CPU#0
 PC=ffffc34a18f5ca4c X00=0000000000000000 X01=ffffc34a1a2b6d40
X02=0000000000000001 SP=ffffc34a1a2a3e40
PSTATE=600000c5 -ZC- EL1h     FPU disabled

CPU#1
 PC=0000000000490710 X00=0000000000000001
PSTATE=80000000 N--- EL0t     FPCR=00000000 FPSR=00000000
`;
const x86 = `
CPU#0
RAX=0000000000000000 RBX=ffffffff82a14940
RIP=ffffffff81c0b0cb RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1

CPU#1
RAX=0000000000000000 RBX=0000000000000001
RIP=0000000000401122 RFL=00000246 [---Z-P-] CPL=3 II=0 A20=1 SMM=0 HLT=0
`;

function brief(dump: string): unknown {
  return [...parseRegisters(dump)].map(([index, { pc, privilege }]) => [index, pc, privilege]);
}

test('program counter and privilege are found by vCPU', () => {
  expect(brief(arm64)).toEqual([
    [0, 0xffffc34a18f5ca4cn, 'kernel'],
    [1, 0x490710n, 'user'],
  ]);
  expect(brief(x86)).toEqual([
    [0, 0xffffffff81c0b0cbn, 'kernel'],
    [1, 0x401122n, 'user'],
  ]);
  expect(brief('\nCPU#0\nEIP=00100010 EFL=00000002')).toEqual([[0, 0x100010n, undefined]]);
});

test('two looks at a vCPU are equal where none of its registers changed', () => {
  const [first, second] = [arm64, arm64.replace('X01=ffffc34a1a2b6d40', 'X01=ffffc34a1a2b6d41')].map(parseRegisters);
  expect(second?.get(0)?.text).not.toBe(first?.get(0)?.text);
  expect(second?.get(1)?.text).toBe(first?.get(1)?.text);
});

test('text without registers has none', () => {
  expect(parseRegisters("unknown command: 'info registers'\r\n").size).toBe(0);
  expect(parseRegisters('').size).toBe(0);
});
