import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { CheckBody } from '../src/phases/define.ts';
import { whileCrowdedOut } from './crowded-out.ts';
import { command, impatientMs, never, type Provocation, patientMs, signalQemu, typeAndWait } from './verdicts-provocation.ts';

interface Slices {
  readonly stoppedMs: number;
  readonly runningMs: number;
}

/** While the body runs, QEMU is stopped most of the time. */
const seldomRunning = (
  kind: string,
  { stoppedMs, runningMs }: Slices,
  body: CheckBody,
  budget: 'ample' | 'short' = 'ample',
): Provocation => ({
  kind,
  budget,
  run: async (context) => {
    const over = new AbortController();
    const cycle = (async () => {
      while (!over.signal.aborted && context.machine.ended === undefined) {
        signalQemu(context.machine, 'SIGSTOP');
        await sleep(stoppedMs);
        signalQemu(context.machine, 'SIGCONT');
        await sleep(runningMs);
      }
    })();
    try {
      await body(context);
    } finally {
      over.abort();
      await cycle;
    }
  },
});

const crowdedOut = (kind: string, line: string, body: (timeoutMs: number) => CheckBody): Provocation => ({
  kind,
  alone: true,
  run: async (context) => {
    await context.console.sendLine(line);
    await whileCrowdedOut(context.machine.pid, async () => body(4_000)(context));
  },
});

/** Long enough for the kernel's own watchdogs, which then tell of a stall. */
const stallMs = 6_000;

/** QEMU is stopped until the guest's kernel misses the time, and tells of a stall that is none of its own. */
const stalled = (kind: string, prepare: string, work: string, report: RegExp): Provocation => ({
  kind,
  run: async ({ console, shell, machine }) => {
    await shell.run(prepare);
    await console.sendLine(work);
    await sleep(1_000);
    let isReported = false;
    const reported = console.expect(report, { timeoutMs: patientMs }).finally(() => {
      isReported = true;
    });
    reported.catch(() => {});
    // RCU is only late where QEMU is stopped while it waits for this CPU: that may take a few times.
    while (!isReported) {
      signalQemu(machine, 'SIGSTOP');
      await sleep(stallMs);
      signalQemu(machine, 'SIGCONT');
      await sleep(500);
    }
    await reported;
  },
});

const ticks = 'while :; do echo tick; done';
const slice = { stoppedMs: 1_300, runningMs: 30 };
const fine = { stoppedMs: 195, runningMs: 5 };
const long = 5_000;
const waits =
  (timeoutMs: number): CheckBody =>
  async ({ console }) =>
    void (await console.expect(never, { timeoutMs }));

/** A host that leaves QEMU next to nothing. */
export const overloads: readonly Provocation[] = [
  seldomRunning('stopped 43 of 44 parts, the guest prints', slice, typeAndWait(ticks, long)),
  seldomRunning('stopped 43 of 44 parts, the guest spins', slice, typeAndWait('while :; do :; done', long)),
  seldomRunning('stopped 43 of 44 parts, a command prints', slice, command(ticks, long)),
  seldomRunning('stopped 43 of 44 parts, a command computes', slice, command('while :; do :; done', long)),
  seldomRunning('stopped in fine slices, the guest prints', fine, typeAndWait(ticks, long)),
  seldomRunning('stopped in fine slices, a command is at work', fine, command('yes "$(yes | head -n 200)"', long)),
  seldomRunning('stopped in fine slices, past the check’s budget', fine, typeAndWait(ticks), 'short'),
  seldomRunning('stopped in fine slices, the kernel prints', fine, typeAndWait('while :; do echo "<4>at work" >/dev/kmsg; done', long)),
  crowdedOut('crowded out, the guest prints', ticks, waits),
  crowdedOut('crowded out, the guest’s kernel prints', 'while :; do echo "<4>at work" >/dev/kmsg; done', waits),
  crowdedOut('crowded out, the guest computes', 'while :; do :; done', waits),
  crowdedOut('crowded out, the guest is to end', ticks, (timeoutMs) => async ({ machine }) => {
    await machine.endsBy('guest-shutdown', { timeoutMs });
  }),
  stalled('stopped until a watchdog barks', 'echo 2 >/proc/sys/kernel/watchdog_thresh', 'while :; do :; done', /soft lockup/),
  stalled(
    'stopped until RCU is late',
    'echo 3 >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout',
    'while /bin/true; do :; done',
    /rcu: INFO/,
  ),
];

/** The descriptor that QEMU inherits for its serial line. */
const serialFd = 3;

/** Shuts QEMU's end of the serial line down from outside (pidfd_open(2), pidfd_getfd(2), shutdown(2)). */
async function hangUp(pid: number): Promise<void> {
  const script = `my $qemu = syscall(434, ${pid}, 0); my $fd = syscall(438, $qemu, ${serialFd}, 0);
    $fd >= 0 or die "pidfd_getfd: $!"; open(my $line, "+<&=", $fd) or die $!; shutdown($line, 2) or die $!;`;
  await execa('perl', ['-e', script]);
}

const stopped = (body: CheckBody): CheckBody => {
  return async (context) => {
    signalQemu(context.machine, 'SIGSTOP');
    await body(context);
  };
};

const paused = (body: CheckBody): CheckBody => {
  return async (context) => {
    await context.machine.qmp.execute('stop');
    await body(context);
  };
};

/** What is broken between the check and its guest. */
export const faults: readonly Provocation[] = [
  { kind: 'QEMU stopped, waited for', run: stopped(waits(impatientMs)) },
  { kind: 'QEMU stopped, a command runs', run: stopped(command('true', impatientMs)) },
  { kind: 'QEMU stopped past the check’s budget', budget: 'short', run: stopped(waits(patientMs)) },
  { kind: 'QEMU stopped, a command past the check’s budget', budget: 'short', run: stopped(command('sleep 600')) },
  { kind: 'guest paused, waited for', run: paused(waits(impatientMs)) },
  { kind: 'guest paused, a command runs', run: paused(command('true', impatientMs)) },
  { kind: 'guest paused past the check’s budget', budget: 'short', run: paused(waits(patientMs)) },
  {
    kind: 'console closed, waited for',
    run: async ({ console, machine }) => {
      const waiting = console.expect(never, { timeoutMs: patientMs });
      waiting.catch(() => {});
      await hangUp(machine.pid);
      await waiting;
    },
  },
  {
    kind: 'console closed, a command runs',
    run: async ({ shell, machine }) => {
      const running = shell.run('sleep 600', { timeoutMs: patientMs });
      running.catch(() => {});
      await hangUp(machine.pid);
      await running;
    },
  },
  { kind: 'no room for the console’s log', consoleLogPath: '/dev/full', run: command('seq 1 1000') },
  { kind: 'no folder for the console’s log', consoleLogPath: '/dev/null/log', run: command('seq 1 1000') },
  { kind: 'the run is interrupted, waited for', interrupted: true, run: waits(patientMs) },
  { kind: 'the run is interrupted, a command runs', interrupted: true, run: command('sleep 600') },
  { kind: 'QEMU refuses the memory', guest: { init: 'shell', memoryMiB: 16 }, run: async () => {} },
  { kind: 'QEMU knows no such CPU', guest: { init: 'shell', cpu: 'cortex-none' }, run: async () => {} },
];
