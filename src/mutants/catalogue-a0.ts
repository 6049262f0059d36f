import type { Mutant } from './mutant.ts';
import { changeX20 } from './outside.ts';
import { kernelFault, onMachine, parameters } from './seeds.ts';

const a0 = (what: string, fault: string, caughtBy: string, change: Mutant['change']): Mutant => ({
  id: `a0-${what}`,
  phase: 'a0',
  fault,
  caughtBy,
  change,
});

/** A fault of the module by the mutant's own name. */
const kernel = (name: string, fault: string, caughtBy: string): Mutant => a0(name, fault, caughtBy, kernelFault(name));

export const a0Mutants: readonly Mutant[] = [
  kernel('getpid-two', 'getpid answers 2 to init', 'a0.init.getpid'),
  kernel('getppid-two', 'init has a parent, 2', 'a0.init.getpid'),
  kernel('exit-status-lost', 'the status that a program exits with is lost', 'a0.exit.status'),
  kernel('enosys-eperm', 'an unassigned system call answers EPERM', 'a0.calls.enosys'),
  kernel('close-accepts-all', 'closing a descriptor that is not open succeeds', 'a0.calls.ebadf'),
  kernel('close-nothing', 'close succeeds, but leaves the descriptor open', 'a0.calls.loop'),
  kernel('efault-einval', 'a bad pointer given to write answers EINVAL', 'a0.calls.efault'),
  kernel('bad-pointer-success', 'write from a bad pointer claims to have written all', 'a0.calls.efault'),
  kernel('bad-pointer-oops', 'the kernel follows a pointer of a program into its own half unchecked', 'a0.calls.efault'),
  kernel('write-counts-short', 'write answers one less than it wrote', 'a0.console.all-bytes'),
  kernel('write-wants-alignment', 'write refuses a buffer that is not aligned to 8 bytes', 'a0.calls.unaligned'),
  kernel('mmap-offset-lost', 'the sixth argument of a system call does not arrive', 'a0.calls.arguments'),
  kernel('getppid-leaks', 'a system call leaks a page every sixteenth time', 'a0.calls.loop'),
  kernel('getppid-ever-slower', 'a system call takes the longer the more often it was made', 'a0.calls.loop'),
  kernel('getpid-changes-x19', 'a system call changes x19', 'a0.registers.across-syscalls'),
  kernel('getpid-changes-q8', 'a system call changes the high half of q8', 'a0.registers.across-syscalls'),
  kernel('getpid-changes-fpcr', 'a system call clears FPCR', 'a0.registers.across-syscalls'),
  kernel('tick-changes-flags', 'the timer’s interrupt changes the condition flags', 'a0.registers.across-switches'),
  kernel('tick-changes-x20', 'the timer’s interrupt changes x20', 'a0.registers.across-switches'),
  kernel('tick-changes-tpidr', 'the timer’s interrupt changes TPIDR_EL0', 'a0.registers.across-switches'),
  kernel('switch-leaves-fp', 'a switch between programs leaves the FP registers as they are', 'a0.registers.across-switches'),
  kernel('segv-is-bus', 'a bad access ends a program by SIGBUS in place of SIGSEGV', 'a0.faults.end-the-program'),
  kernel('undefined-is-skipped', 'an undefined instruction is skipped', 'a0.faults.end-the-program'),
  kernel('kernel-address-panics', 'a program’s access to the kernel’s half ends the kernel', 'a0.faults.end-the-program'),
  kernel('clock-half-speed', 'the monotonic clock runs at half its speed', 'a0.timer.counter'),
  kernel('sleep-too-short', 'nanosleep sleeps three quarters of the time', 'a0.idle.wfi'),
  a0('idle-spins', 'an idle kernel spins', 'a0.idle.wfi', parameters('nohlt')),
  kernel('syslog-refused', 'the kernel’s log can’t be read', 'a0.klog.ring'),
  kernel('syslog-out-of-order', 'the first record of the kernel’s log bears the latest time', 'a0.klog.ring'),
  kernel('error-in-log', 'a driver logs an error while the machine boots', 'a0.klog.ring'),
  kernel('read-loses-bit-7', 'the console’s input loses bit 7', 'a0.console.all-bytes'),
  kernel('zero-is-space', 'a zero byte goes out to the console as a space', 'a0.console.all-bytes'),
  a0('quiet', 'the kernel says nothing while it boots', 'a0.boot.markers', parameters('quiet')),
  a0('one-cpu-only', 'the kernel brings up the first CPU only', 'a0.boot.vcpus-4', parameters('maxcpus=1')),
  a0('memory-half-seen', 'the kernel uses 2 GiB of 4', 'a0.boot.memory-mib-4096', parameters('mem=2G')),
  kernel('vectors-late', 'interrupts are unmasked for a second in which there are no exception vectors', 'a0.vectors.installed'),
  a0(
    'outside-changes-x20',
    'x20 of a busy program changes between two of its instructions',
    'a0.registers.across-switches',
    onMachine(changeX20),
  ),
  kernel('panic-on-cortex-a53', 'the kernel panics on a Cortex-A53', 'a0.boot.cpu-cortex-a53'),
  kernel('panic-on-gicv2', 'the kernel panics on a machine with a GICv2', 'a0.boot.gic-2'),
];
