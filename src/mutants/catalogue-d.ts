import { file } from '../artifacts/index.ts';
import type { Mutant } from './mutant.ts';
import { kernelFault, mutantsOf, parameters, refusedCalls, userland } from './seeds.ts';

const { of: d, kernel } = mutantsOf('d');

/** System calls by their numbers (asm-generic/unistd.h). */
const calls = { setuid: 146, setgroups: 159, mprotect: 226 } as const;
const success = 0;
/** mprotect's third argument, and all that it may hold. */
const protection = { argument: 2, mask: 7 } as const;
const none = 0;

export const dMutants: readonly Mutant[] = [
  d('no-random-places', 'the kernel moves no program’s memory', 'd.aslr.places', parameters('norandmaps')),
  kernel('mappings-in-one-place', 'mappings begin at one place in all programs', 'd.aslr.places'),
  kernel('heap-in-one-place', 'the heap begins right behind a program’s data', 'd.aslr.places'),
  d('kernel-in-one-place', 'the kernel lies at one place in every boot', 'd.kaslr.boots', parameters('nokaslr')),
  d('random-is-constant', 'random bytes are always the same', 'd.random.device', kernelFault('random-is-constant')),
  d('random-after-boot', 'random bytes are the same after each boot', 'd.random.boots', kernelFault('random-is-constant')),
  kernel('random-is-odd', 'each sixteenth random byte is odd', 'd.random.device'),
  kernel('random-repeats', '32 random bytes come twice', 'd.random.device'),
  kernel('modes-nothing', 'a file’s mode keeps nobody out', 'd.files.access'),
  kernel('sticky-nothing', 'the sticky bit protects no file', 'd.files.access'),
  kernel('umask-nothing', 'the umask is taken for 0', 'd.files.access'),
  kernel('in-every-group', 'each user is in every group', 'd.files.access'),
  kernel('owner-leaves-set-id', 'a new owner leaves a program’s set-id bits', 'd.files.access'),
  kernel('write-leaves-set-id', 'a write leaves a program’s set-id bits', 'd.files.access'),
  kernel('all-capable', 'everybody has every capability', 'd.ids.rules'),
  d('setuid-nothing', 'setuid answers 0 and does nothing', 'd.ids.rules', refusedCalls({ number: calls.setuid, errno: success })),
  d('setgroups-nothing', 'setgroups answers 0 and does nothing', 'd.ids.rules', refusedCalls({ number: calls.setgroups, errno: success })),
  kernel('set-id-nothing', 'a set-id program runs as who starts it', 'd.setid.programs'),
  kernel('nosuid-nothing', 'a nosuid mount’s programs are set-id', 'd.setid.programs'),
  kernel('set-id-dumpable', 'a set-id program’s memory may be dumped', 'd.setid.programs'),
  kernel('trace-anybody', 'everybody may look into every program', 'd.setid.programs'),
  kernel('signal-anybody', 'everybody may send everybody signals', 'd.signals.others'),
  kernel('filter-nothing', 'filters of system calls let everything through', 'd.seccomp.filter'),
  d(
    'su-stays-root',
    'su runs the command as who asks',
    'd.su.user',
    userland({
      overlay: [file('usr/bin/su', '#!/bin/sh\nwhile [ "$1" != -c ]; do shift; done\nexec sh -c "$2"\n', 0o755)],
      remove: ['bin/su'],
    }),
  ),
  d('stack-executed', 'the stack can be executed', 'd.faults.kinds', kernelFault('stack-executable')),
  d('data-executed', 'what can be written can be executed', 'd.faults.kinds', kernelFault('data-executable')),
  kernel('stack-never-executable', 'no program’s stack can be executed, whatever its header says', 'd.stack.header'),
  d(
    'stack-always-executable',
    'each program’s stack can be executed, whatever its header says',
    'd.stack.header',
    kernelFault('stack-executable'),
  ),
  kernel('fault-always-unmapped', 'each fault is said to be of an address without a mapping', 'd.faults.kinds'),
  kernel('fault-without-offset', 'a fault’s address is that of its page', 'd.faults.kinds'),
  d(
    'guard-pages-nothing',
    'mprotect to PROT_NONE has no effect',
    'd.faults.kinds',
    refusedCalls({ number: calls.mprotect, errno: success, where: { ...protection, value: none } }),
  ),
  kernel('kernel-memory-told', 'a fault tells whether there is kernel memory at the address', 'd.kernel.unreachable'),
  d(
    'kernel-pointer-taken',
    'write answers success for what lies in the kernel',
    'd.kernel.unreachable',
    kernelFault('bad-pointer-success'),
  ),
  kernel('addresses-shown', '/proc/kallsyms shows addresses to everybody', 'd.leaks.addresses'),
  d('mprotect-nothing', 'mprotect has no effect', 'd.mprotect.every-cpu', refusedCalls({ number: calls.mprotect, errno: success })),
  d('mprotect-one-cpu', 'mprotect takes effect on the CPU that called it', 'd.mprotect.every-cpu', kernelFault('shootdown-one-cpu')),
  d('fork-shares-memory', 'parent and child share large mappings', 'd.cow.concurrent', kernelFault('fork-shares-memory')),
  d('modes-keep-nobody-out', 'a file’s mode keeps nobody out', 'd.chmod.others', kernelFault('modes-nothing')),
  d('su-stays-nobody', 'a set-id `su` runs as who starts it', 'd.su.user', kernelFault('set-id-nothing')),
  kernel('traced-gains', 'a traced program gains the rights of its set-id bits', 'd.setid.programs'),
  kernel('stack-in-one-place', 'the stack begins at one place in all programs', 'd.aslr.booted'),
  kernel('users-leak', 'each change of user leaks 64 KiB', 'd.leaks.over-the-phase'),
];
