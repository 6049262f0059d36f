import type { Mutant } from './mutant.ts';
import { kernelFault, mutantsOf, parameters, refusedCalls } from './seeds.ts';

const { of: e, kernel } = mutantsOf('e');

/** System calls by their numbers (asm-generic/unistd.h). */
const calls = { timerSettime: 110, setitimer: 103, setaffinity: 122 } as const;
const success = 0;

const noAffinity = refusedCalls({ number: calls.setaffinity, errno: success });

export const eMutants: readonly Mutant[] = [
  e('one-cpu', 'the kernel starts one CPU', 'e.cpus.count-2', parameters('maxcpus=1')),
  e('one-cpu-of-four', 'the kernel starts one CPU of four', 'e.cpus.count-4', parameters('maxcpus=1')),
  e('four-cpus-at-most', 'the kernel knows no more than four CPUs', 'e.cpus.count-8', parameters('nr_cpus=4')),
  e('a-cpu-is-idle', 'nothing runs on the last of four CPUs unless it must', 'e.cpus.all-busy', parameters('isolcpus=3')),
  kernel('all-on-first-cpu', 'each task is started on CPU 0, and none moves', 'e.cpus.all-busy'),
  e('affinity-nothing', 'sched_setaffinity answers 0 and does nothing', 'e.cpus.taskset', noAffinity),
  kernel('affinity-of-others-nothing', 'a program can confine itself to CPUs, and no other one', 'e.cpus.taskset'),
  e('threads-do-not-move', 'a thread that is moved stays where it is', 'e.atomics.migration', noAffinity),
  kernel('cpu-stays-off', 'a CPU that was taken off does not come back', 'e.cpus.off-and-on'),
  kernel('shootdown-one-cpu', 'a page that is taken away is so on the CPU that took it', 'e.shootdown.pages'),
  kernel('wake-ups-lost', 'one futex wake in a thousand wakes nobody', 'e.pingpong.wake-ups'),
  kernel('clock-of-each-cpu', 'each CPU’s clock is 5 ms behind the one before', 'e.clock.monotonic'),
  e('clock-goes-back', 'the monotonic clock goes back by a millisecond at times', 'e.clock.monotonic', kernelFault('clock-goes-back')),
  kernel('timers-late', 'periods of timers are 5 % too long', 'e.timers.drift'),
  e('timers-nothing', 'POSIX timers never go off', 'e.timers.drift', refusedCalls({ number: calls.timerSettime, errno: success })),
  e('itimer-nothing', 'interval timers never go off', 'e.timers.drift', refusedCalls({ number: calls.setitimer, errno: success })),
  e('one-in-four-is-nice', 'each fourth task is given less of the CPU', 'e.fairness.equal-and-niced', kernelFault('one-in-four-is-nice')),
  kernel('nice-nothing', 'setpriority has no effect', 'e.fairness.equal-and-niced'),
  kernel('nice-turned-round', 'who is niced gets more', 'e.fairness.equal-and-niced'),
  kernel('calls-slow', 'getpid takes some hundred times as long', 'e.figures.vcpus-1'),
  kernel('faults-slow', 'a page’s first touch takes some dozen times as long', 'e.figures.vcpus-1'),
  kernel('wakes-slow', 'waking a task takes some ten times as long', 'e.figures.vcpus-4'),
  e('forks-slow', 'fork takes twice as long', 'e.figures.vcpus-4', kernelFault('forks-slow')),
  kernel('affinity-leaks', 'each change of the CPUs that a task may run on leaks 8 KiB', 'e.leaks.over-the-phase'),
];
