import type { CheckBody, GuestNeeds } from '../src/phases/define.ts';
import { command, crashable, impatientMs, never, type Provocation, typeAndWait, typeUntil, withInit } from './verdicts-provocation.ts';

const crash = (request: string): string => `echo ${request} >/proc/crash`;
const set = (name: string, value: number): string => `echo ${value} >/proc/sys/kernel/${name}`;

/** Puts an endless loop where the guest's only vCPU is, interrupts masked: AArch64 instructions. */
const overwritten = (kind: string, ...instructions: readonly number[]): Provocation => ({
  kind,
  guest: { init: 'shell', gdbstub: true },
  run: async ({ console, machine }) => {
    {
      await using guest = await machine.gdb.interrupt();
      const pc = await guest.readRegister('pc');
      await guest.writeRegister('cpsr', (await guest.readRegister('cpsr')) | 0x3c0n);
      await guest.writeMemory(pc, Buffer.from(Uint32Array.from(instructions).buffer));
    }
    await console.expect(never, { timeoutMs: impatientMs });
  },
});

const branchToSelf = 0x14000000;
const hungTask = [set('hung_task_timeout_secs', 2), 'echo 1 >/proc/sys/kernel/hung_task_check_interval_secs'].join('; ');

/** Kernels and programs that do nothing, or the same thing for ever. */
export const hangs: readonly Provocation[] = [
  { kind: 'a program spins', run: typeAndWait('while :; do :; done', impatientMs) },
  { kind: 'a kernel thread spins', guest: crashable, run: typeAndWait(crash('spin thread'), impatientMs) },
  { kind: 'a system call spins', guest: crashable, run: command(crash('spin-no-preempt'), impatientMs) },
  { kind: 'a system call spins, interrupts masked', guest: crashable, run: typeAndWait(crash('spin-no-irqs'), impatientMs) },
  { kind: 'an interrupt handler spins', guest: crashable, run: command(crash('spin irq'), impatientMs) },
  { kind: 'a timer spins', guest: crashable, run: typeAndWait(crash('spin timer'), impatientMs) },
  overwritten('b . with interrupts masked', branchToSelf),
  overwritten('counts with interrupts masked', 0x91000400, 0x17ffffff),
  { kind: 'a system call waits for ever', guest: crashable, run: command(crash('wait'), impatientMs) },
  { kind: 'a lock is taken twice', guest: crashable, run: command(crash('mutex-twice'), impatientMs) },
  { kind: 'a sleep that nothing ends', guest: crashable, run: command(crash('sleep-forever'), impatientMs) },
  { kind: 'a task blocked for long', guest: crashable, run: typeUntil(`${hungTask}; ${crash('wait thread')}`, /blocked for more than/) },
  { kind: 'a halted machine', run: command('halt -f', impatientMs) },
  { kind: 'init sleeps for ever', guest: withInit('rdinit=/bin/sleep', '--', '100000'), budget: 'boot', run: async () => {} },
  { kind: 'init spins', guest: withInit('rdinit=/bin/sh', '--', '-c', '"while :; do :; done"'), budget: 'boot', run: async () => {} },
  { kind: 'no driver for the console', guest: withInit('initcall_blacklist=pl011_init'), budget: 'boot', run: async () => {} },
];

// A builtin for the pause: of the host it wants so little that none starves it.
const ticks = (seconds: number): string => `while :; do echo tick; read -t ${seconds} nothing; done`;
const disk: GuestNeeds = { init: 'shell', disks: [{ sizeMiB: 64 }] };
const reads = 'dd if=/dev/vda of=/dev/null bs=4k iflag=direct';
const writes = 'dd if=/dev/zero of=/dev/vda bs=4k oflag=direct';

/** With a disk that serves twenty requests a second: the guest waits for it, and wants next to nothing of the host. */
const throttled = (body: CheckBody): CheckBody => {
  return async (context) => {
    const otherwise = { iops_rd: 0, iops_wr: 0, bps: 0, bps_rd: 0, bps_wr: 0 };
    await context.machine.qmp.execute('block_set_io_throttle', { id: '/machine/peripheral/disk0/virtio-backend', iops: 20, ...otherwise });
    await body(context);
  };
};

/** Guests that are at work, and not done in time. */
export const slow: readonly Provocation[] = [
  { kind: 'prints five times a second, waited for', run: typeAndWait(ticks(0.2), impatientMs) },
  { kind: 'prints twice a second, waited for', run: typeAndWait(ticks(0.5), impatientMs) },
  { kind: 'prints once a second, waited for', run: typeAndWait(ticks(1), 2 * impatientMs) },
  { kind: 'a command prints five times a second', run: command(ticks(0.2), impatientMs) },
  { kind: 'a command prints once a second', run: command(ticks(1), 2 * impatientMs) },
  { kind: 'prints past the check’s budget', budget: 'short', run: command(ticks(0.2)) },
  { kind: 'prints past the check’s budget, waited for', budget: 'short', run: typeAndWait(ticks(0.1)) },
  {
    kind: 'the kernel prints',
    run: typeAndWait('while :; do echo "<4>storm: link up" >/dev/kmsg; read -t 0.1 nothing; done', impatientMs),
  },
  { kind: 'counts without a line end', run: typeAndWait('while :; do printf .; read -t 0.1 nothing; done', impatientMs) },
  { kind: 'reads its disk in silence', guest: disk, run: throttled(typeAndWait(reads, impatientMs)) },
  { kind: 'writes its disk in silence', guest: disk, run: throttled(typeAndWait(writes, impatientMs)) },
  { kind: 'a command reads its disk', guest: disk, run: throttled(command(reads, impatientMs)) },
  { kind: 'writes its disk past the check’s budget', guest: disk, budget: 'short', run: throttled(command(writes)) },
  { kind: 'sleeps past the check’s budget', budget: 'short', run: command('sleep 600') },
  {
    kind: 'init prints, and comes to no prompt',
    guest: withInit('rdinit=/bin/sh', '--', '-c', `"${ticks(0.2)}"`),
    budget: 'boot',
    run: async () => {},
  },
  {
    kind: 'is told too late that it is over',
    run: async ({ console, machine }) => {
      await console.sendLine(ticks(0.2));
      await machine.endsBy('guest-shutdown', { timeoutMs: impatientMs });
    },
  },
];
