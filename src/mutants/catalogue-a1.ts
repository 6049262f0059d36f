import { file } from '../artifacts/index.ts';
import type { Mutant } from './mutant.ts';
import { mutantsOf, parameters, refusedCalls, userland } from './seeds.ts';

const { of: a1, kernel } = mutantsOf('a1');

/** System calls by their numbers (asm-generic/unistd.h). */
const calls = { kill: 129, setitimer: 103, sigprocmask: 135, brk: 214, munmap: 215 } as const;

/** As kill(2) and the others answer where they did what was asked. */
const success = 0;

export const a1Mutants: readonly Mutant[] = [
  kernel('directories-empty', 'every directory reads as empty', 'a1.ls.root'),
  a1('no-proc', 'nothing is mounted at /proc', 'a1.proc.cpuinfo', userland({ remove: ['proc'] })),
  a1('wrong-true', 'the command true fails', 'a1.stress.exec-200', userland({ overlay: [file('bin/true', '#!/bin/sh\nexit 1\n', 0o755)] })),
  a1(
    'head-prints-too-much',
    'the command head prints two lines where one was asked for',
    'a1.pipe.yes-head-wc',
    userland({ overlay: [file('usr/bin/head', '#!/bin/sh\nexec busybox head -n 2\n', 0o755)], remove: ['bin/head'] }),
  ),
  kernel('null-refuses', 'a write to /dev/null fails', 'a1.null.swallows'),
  kernel('console-swallows', 'what is written to /dev/console is lost', 'a1.console.write'),
  a1(
    'no-terminal',
    'the shell has no controlling terminal',
    'a1.tty.controlling',
    userland({ overlay: [file('etc/inittab', '::sysinit:/etc/init.d/rcS\n::respawn:/bin/sh -l\n')] }),
  ),
  a1('log-without-times', 'the kernel’s log has no times', 'a1.dmesg.tail', parameters('printk.time=0')),
  kernel('sleep-returns-at-once', 'nanosleep returns at once', 'a1.sleep.one-second'),
  kernel('no-sigpipe', 'a writer whose reader is gone gets no SIGPIPE', 'a1.pipe.writer-ends'),
  kernel('pipe-loses-writes', 'a pipe loses a write of 1 KiB and more at times', 'a1.pipe.bytes-intact'),
  kernel('append-lost', 'open ignores O_APPEND', 'a1.tmpfs.append-truncate'),
  kernel('truncate-nothing', 'truncating a file has no effect', 'a1.tmpfs.append-truncate'),
  kernel('rename-nothing', 'rename has no effect', 'a1.tmpfs.rename-unlink'),
  kernel('unlink-nothing', 'unlink has no effect', 'a1.tmpfs.rename-unlink'),
  kernel('rmdir-of-full', 'rmdir removes a directory in use', 'a1.tmpfs.directories'),
  a1('kill-nothing', 'kill has no effect', 'a1.jobs.kill-term', refusedCalls({ number: calls.kill, errno: success })),
  kernel('ctrl-c-quits', 'Ctrl-C on the console sends SIGQUIT', 'a1.tty.ctrl-c'),
  kernel('power-off-restarts', 'power-off resets the machine', 'a1.poweroff.psci'),
  kernel('restart-powers-off', 'reboot powers the machine off', 'a1.reboot.psci'),
  kernel('exec-fails-at-times', 'one exec in 50 fails', 'a1.stress.exec-200'),
  kernel('exclusive-lost', 'open ignores O_EXCL', 'a1.open.flags'),
  kernel('close-on-exec-lost', 'open ignores O_CLOEXEC', 'a1.cloexec.exec'),
  kernel('seek-end-is-start', 'lseek takes SEEK_END for SEEK_SET', 'a1.lseek.offsets'),
  kernel('poll-times-out-at-once', 'poll does not wait for its time-out', 'a1.poll.ready'),
  kernel('random-is-constant', 'getrandom gives the same bytes each time', 'a1.random.bytes'),
  kernel('clock-goes-back', 'the monotonic clock goes back by a millisecond at times', 'a1.clock.monotonic'),
  kernel('futex-wakes-all', 'futex wakes all, however many it was told', 'a1.futex.waits'),
  kernel('stack-executable', 'the stack can be executed', 'a1.protect.pages'),
  kernel('data-executable', 'what can be written can be executed', 'a1.protect.pages'),
  kernel('text-writable', 'text can be written', 'a1.protect.pages'),
  kernel('shared-is-private', 'MAP_SHARED is taken for MAP_PRIVATE', 'a1.shared.mappings'),
  a1('no-guard-gap', 'the stack may grow up to what lies below it', 'a1.stack.guard-page', parameters('stack_guard_gap=0')),
  a1('brk-nothing', 'brk answers 0 and does nothing', 'a1.brk.heap', refusedCalls({ number: calls.brk, errno: success })),
  a1('munmap-nothing', 'munmap has no effect', 'a1.mmap.anonymous', refusedCalls({ number: calls.munmap, errno: success })),
  kernel('one-in-four-is-nice', 'each fourth task is given less of the CPU', 'a1.stress.fair-shares'),
  a1('panic-on-oom', 'the kernel panics when memory runs out', 'a1.stress.memory-pressure', parameters('sysctl.vm.panic_on_oom=1')),
  kernel('error-in-log', 'a driver logs an error while the machine boots', 'a1.dmesg.no-errors'),
  kernel('mask-nothing', 'blocking a signal has no effect', 'a1.signals.delivery'),
  a1('no-timer-signal', 'setitimer has no effect', 'a1.signals.delivery', refusedCalls({ number: calls.setitimer, errno: success })),
  kernel('sigreturn-leaves-fp', 'a handler’s FP registers stay after it', 'a1.signals.registers'),
  kernel('restart-lost', 'SA_RESTART is ignored', 'a1.signals.restart'),
  kernel('no-alternate-stack', 'sigaltstack has no effect', 'a1.signals.altstack'),
  kernel('wait-loses-signal', 'wait4 does not tell which signal ended a child', 'a1.wait.statuses'),
  kernel('wait-without-children', 'wait4 answers 0 where there is no child', 'a1.wait.statuses'),
  kernel('init-hears-nothing', 'init is not told of children that end', 'a1.wait.orphans'),
  kernel('fork-shares-memory', 'parent and child share large mappings', 'a1.fork.copy-on-write'),
  kernel('fork-costs-memory', 'forking a large program takes memory, for good', 'a1.fork.costs'),
  kernel('exit-keeps-pages', 'a large program’s end does not give back all of its memory', 'a1.fork.costs'),
  kernel('argc-wrong', 'argc is one too many', 'a1.exec.first-program'),
  kernel('entry-wrong', 'AT_ENTRY is not the program’s entry', 'a1.exec.first-program'),
  kernel('uid-wrong', 'AT_UID is not the user’s id', 'a1.exec.new-program'),
  kernel('bss-dirty', 'what follows a program’s data in its last page is not cleared', 'a1.exec.new-program'),
  kernel('enoexec-eacces', 'exec of what is no program answers EACCES', 'a1.exec.no-program'),
  kernel('e2big-efault', 'an argument list that is too long answers EFAULT', 'a1.exec.argument-limit'),
  kernel('files-stay-open', 'a regular file stays open in the kernel when it is closed', 'a1.leaks.over-the-phase'),
  kernel('exec-leaks', 'each exec leaks 16 KiB', 'a1.leaks.over-the-phase'),
];
