/**
 * A process that boots one machine, for tests that kill it. Prints `spawning` just before QEMU is started, `qemu <pid>` when it
 * answers, `prompt` when the guest is there; then it waits, or with `--end` disposes the machine and ends by itself.
 * Argument: a name for QEMU's command line.
 */
import childProcess from 'node:child_process';
import { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { linuxArm64 } from '../kernel/index.ts';

const { spawn } = childProcess;
childProcess.spawn = ((file: string, ...rest: []) => {
  if (file === 'setpriv') writeSync(1, 'spawning\n');
  return spawn(file, ...rest);
}) as typeof spawn;
syncBuiltinESMExports();
const { boot } = await import('../src/harness/boot.ts');

const machine = await boot(linuxArm64, { until: 'start', qemuArgs: ['-name', process.argv[2] as string] });
writeSync(1, `qemu ${machine.pid}\n`);
await machine.console.expect(linuxArm64.prompt, { timeoutMs: 60_000 });
writeSync(1, 'prompt\n');
if (process.argv.includes('--end')) await machine[Symbol.asyncDispose]();
else setInterval(() => {}, 1_000);
