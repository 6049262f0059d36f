import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crossCompiler } from '../src/artifacts/cross-compiler.ts';
import { runTool } from '../src/artifacts/tool.ts';

/**
 * Builds a kernel of a few instructions for QEMU's `virt`, entered at EL1 with interrupts masked; the result is its path.
 * `code` may use `print <label>` (text on the PL011), the labels `vectors` (2 KiB aligned) and `hang` (spins for ever).
 */
export async function bareKernel(code: string, folder: string): Promise<string> {
  const { command } = await crossCompiler('aarch64');
  const dir = await mkdtemp(join(folder, 'bare-'));
  await writeFile(join(dir, 'kernel.S'), `${prologue}\n${code}\n${epilogue}`);
  await runTool(command, ['-nostdlib', '-static', '-Wl,-Ttext=0x40080000', '-Wl,--build-id=none', '-o', 'kernel', 'kernel.S'], {
    cwd: dir,
  });
  return join(dir, 'kernel');
}

/** A folder for kernels, and how to remove it. */
export async function kernelFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'bringup-bare-'));
  return { path, remove: () => rm(path, { recursive: true }) };
}

const prologue = `
  .macro print label
    adr x1, \\label
    mov x2, #0x09000000
  1: ldrb w3, [x1], #1
    cbz w3, 2f
    str w3, [x2]
    b 1b
  2:
  .endm
  .globl _start
_start:
  print boot`;

const epilogue = `
hang:
  b hang
second:
  msr daifclr, #2
  b hang
boot: .asciz "bare kernel boots\\n"
idles: .asciz "PROBE IDLES 3000 ms\\n"
  .balign 2048
vectors:
  .rept 16
  b .
  .balign 128
  .endr
  .space 2048`;
