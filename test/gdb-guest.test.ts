import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { StoppedGuest } from '../src/harness/gdb/stopped-guest.ts';
import type { Machine } from '../src/harness/machine.ts';
import { defineKernelProfile } from '../src/model/profile.ts';

/** The level, bits 3:2 of PSTATE. While vCPU 0 runs user code, the kernel's pages are not its to read. */
const levelMask = 0xcn;

async function interruptInKernel(machine: Machine): Promise<StoppedGuest> {
  for (;;) {
    const stopped = await machine.gdb.interrupt();
    if ((await stopped.readRegister('cpsr')) & levelMask) return stopped;
    await stopped.continue();
  }
}

const twoVcpus = defineKernelProfile({ id: 'two', extends: linuxArm64, vcpus: 2 });

test.concurrent('registers and memory of a real QEMU are read and written, and the guest goes on as if nothing were', async () => {
  await using machine = await boot(twoVcpus, { gdbstub: true });
  const stopped = await interruptInKernel(machine);
  expect(await machine.qmp.execute('query-status')).toMatchObject({ status: 'paused' });
  expect(stopped.vcpus).toBe(2);

  for (const vcpu of [0, 1]) {
    const vectors = await stopped.readRegister('VBAR_EL1', { vcpu });
    expect(vectors % 2048n, 'VBAR_EL1 is 2 KiB aligned').toBe(0n);
    expect(vectors >> 48n, 'and in the kernel half').toBe(0xffffn);
    expect(await stopped.readRegister('pc', { vcpu })).not.toBe(0n);
  }
  await expect(stopped.writeRegister('VBAR_EL1', 0x800n)).rejects.toThrow('register VBAR_EL1 did not take 0x800');

  // The handler's own code: it must be back as it was before the next exception.
  const vectors = await stopped.readRegister('VBAR_EL1');
  const code = await stopped.readMemory(vectors, 4_096);
  expect(code).toHaveLength(4_096);
  await stopped.writeMemory(vectors, Buffer.alloc(4_096, 0xa5));
  expect(await stopped.readMemory(vectors, 4_096)).toEqual(Buffer.alloc(4_096, 0xa5));
  await stopped.writeMemory(vectors, code as Buffer);
  expect(await stopped.readMemory(0n, 8), 'nothing is mapped at 0').toBeUndefined();

  for (const name of ['pc', 'sp', 'x19', 'v7']) {
    const value = await stopped.readRegister(name);
    const other = value ^ 0x1_0010n;
    await stopped.writeRegister(name, other);
    expect(await stopped.readRegister(name), name).toBe(other);
    await stopped.writeRegister(name, value);
  }

  await stopped.continue();
  expect(await machine.shell.run('echo alive')).toMatchObject({ output: 'alive', exitStatus: 0 });
  await (await machine.gdb.interrupt()).continue();
  expect(await machine.shell.run('echo again')).toMatchObject({ output: 'again', exitStatus: 0 });
  expect(machine.crashes).toEqual([]);
});

test.concurrent('a gdbstub that nobody asks does not stop the guest, and a guest that ends says so', async () => {
  await using machine = await boot(linuxArm64, { gdbstub: true });
  await machine.console.sendLine('poweroff');
  await machine.endsBy('guest-shutdown', { timeoutMs: 60_000 });
  await expect(machine.gdb.interrupt()).rejects.toMatchObject({ code: 'guest-exit' });
});

test.concurrent('a QEMU that is killed while it is asked is told as what it is', async () => {
  await using machine = await boot(linuxArm64, { until: 'start', gdbstub: true });
  const stopped = await machine.gdb.interrupt();
  process.kill(machine.pid, 'SIGSTOP');
  const reading = stopped.readRegister('pc', { timeoutMs: 60_000 });
  process.kill(machine.pid, 'SIGKILL');
  await expect(reading).rejects.toMatchObject({ code: 'qemu-exit' });
});

test.concurrent('a machine without a gdbstub has none to give', async () => {
  await using machine = await boot(linuxArm64, { until: 'start' });
  expect(() => machine.gdb).toThrow('the machine has no gdbstub');
});
