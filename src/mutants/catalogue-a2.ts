import { file } from '../artifacts/index.ts';
import type { Mutant } from './mutant.ts';
import { kernelFault, mutantsOf, parameters, userland } from './seeds.ts';

const { of: a2, kernel } = mutantsOf('a2');

const script = (path: string, text: string) => file(path, `#!/bin/sh\n${text}\n`, 0o755);

const noJobControl = userland({
  overlay: [file('etc/inittab', '::sysinit:/etc/init.d/rcS\n::respawn:/bin/cttyhack /bin/sh +m -l\n')],
});

export const a2Mutants: readonly Mutant[] = [
  kernel('pair-loses-bytes', 'a pair of terminals loses a piece of what it carries at times', 'a2.pty.bytes'),
  kernel('pair-number-used-up', 'the number of a pair that was closed is never given again', 'a2.pty.ptmx'),
  a2('few-pairs', 'there can be 10 pairs of terminals at once', 'a2.pty.ptmx', parameters('sysctl.kernel.pty.max=10')),
  kernel('pair-stays-canonical', 'a pair of terminals can’t be made raw', 'a2.tty.modes'),
  kernel('pair-never-echoes', 'a pair of terminals never echoes', 'a2.tty.modes'),
  kernel('no-erase-key', 'the ERASE key erases nothing', 'a2.tty.modes'),
  kernel('no-end-key', 'the EOF key is a byte like others', 'a2.tty.modes'),
  kernel('no-carriage-return', 'ONLCR is ignored', 'a2.tty.modes'),
  kernel('keys-send-nothing', 'Ctrl-C, Ctrl-\\ and Ctrl-Z at a pair send no signal', 'a2.tty.keys'),
  kernel('ctrl-z-nothing', 'Ctrl-Z stops nothing', 'a2.jobs.stop'),
  kernel('hang-up-unheard', 'a session is not told that its terminal is gone', 'a2.tty.session'),
  kernel('new-session-keeps-terminal', 'a new session has the old one’s terminal', 'a2.tty.session'),
  kernel('foreground-stays', 'tcsetpgrp has no effect', 'a2.tty.session'),
  kernel('background-reads', 'a background job may read and change its terminal', 'a2.tty.background'),
  kernel('resize-untold', 'a change of a terminal’s size is lost', 'a2.tty.window-size'),
  kernel('maps-hide-exec', '/proc/<pid>/maps shows no mapping as executable', 'a2.proc.process'),
  kernel('stat-without-name', '/proc/<pid>/stat has no name', 'a2.proc.process'),
  kernel('mounts-empty', '/proc/mounts is empty', 'a2.proc.mounts'),
  kernel('uptime-empty', '/proc/uptime is empty', 'a2.proc.uptime'),
  a2('no-job-control', 'the shell has no job control', 'a2.jobs.stop', noJobControl),
  a2(
    'vi-draws-nothing',
    'vi shows its file, but is no full-screen program',
    'a2.screen.vi',
    userland({ overlay: [script('bin/vi', 'cat "$@"')], remove: ['usr/bin/vi'] }),
  ),
  a2(
    'less-is-cat',
    'less shows the whole file at once',
    'a2.screen.less',
    userland({ overlay: [script('usr/bin/less', 'cat "$@"')], remove: ['bin/less'] }),
  ),
  a2(
    'resize-nothing',
    'resize does not ask the terminal for its size',
    'a2.screen.size',
    userland({ overlay: [script('usr/bin/resize', ':')] }),
  ),
  a2(
    'script-without-terminal',
    'script runs its command on no terminal of its own',
    'a2.pty.script',
    userland({ overlay: [script('usr/bin/script', 'exec sh -c "$2" < /dev/null')] }),
  ),
  a2('continue-lost', 'SIGCONT does nothing', 'a2.jobs.bg', kernelFault('continue-lost')),
  a2('fg-continues-nothing', 'a job that is brought to the foreground stays stopped', 'a2.jobs.fg', kernelFault('continue-lost')),
  a2(
    'background-is-not-told',
    'a shell without job control keeps its background jobs from the terminal',
    'a2.jobs.background-read',
    noJobControl,
  ),
  kernel('pair-leaks', 'each pair of terminals that is opened leaks 64 KiB', 'a2.leaks.over-the-phase'),
  a2(
    'top-once',
    'top shows the processes once, and ends',
    'a2.screen.top',
    userland({ overlay: [script('usr/bin/top', 'busybox top -b -n 1')] }),
  ),
];
