import type { CrashSignature } from './crash-signature.ts';

const panic = { severity: 'fatal', trigger: 'Kern', title: 'panic: $1' } as const;

/** Linux's panics by their first lines. Sources: kernel/panic.c and who calls it: init/main.c, init/do_mounts.c, mm/oom_kill.c. */
export const panicSignatures: readonly CrashSignature[] = [
  {
    ...panic,
    id: 'linux-panic-init',
    class: 'init-killed',
    pattern: /^Kernel panic - not syncing: (Attempted to kill init! exitcode=0x[0-9a-f]{1,8})/,
    hint: 'PID 1 ended. The exit code holds its exit status in bits 8 to 15 (0x00000100 is exit 1) and a signal in bits 0 to 6 (0x0000000b is a segmentation fault).',
  },
  {
    ...panic,
    id: 'linux-panic-no-root',
    class: 'no-root',
    pattern: /^Kernel panic - not syncing: (VFS: Unable to mount root fs)/,
    hint: 'the kernel found neither an initramfs with an init nor a root device: is the initramfs given, whole, and is rdinit= the path of a program in it?',
  },
  {
    ...panic,
    id: 'linux-panic-no-init',
    class: 'no-init',
    pattern: /^Kernel panic - not syncing: (No working init found|Requested init \S{1,200} failed)/,
    hint: 'is there an executable init for this architecture in the initramfs, and do init= and rdinit= name it?',
  },
  {
    ...panic,
    id: 'linux-panic-oom',
    class: 'out-of-memory',
    pattern: /^Kernel panic - not syncing: ((?:Out of memory|System is deadlocked on memory)\b.{0,200})/,
    consequence: true,
    hint: 'give the machine more memory (the profile’s memoryMiB, or --memory).',
  },
  {
    ...panic,
    id: 'linux-panic-stack',
    class: 'stack-corrupted',
    pattern: /^Kernel panic - not syncing: (stack-protector: Kernel stack is corrupted) in: (?:(?<function>[A-Za-z_][\w.]{0,120})\+0x)?/,
    culprit: 'panic: $1',
  },
  {
    ...panic,
    id: 'linux-panic-stack-end',
    class: 'stack-corrupted',
    pattern: /^Kernel panic - not syncing: (corrupted stack end detected)\b/,
  },
  {
    ...panic,
    id: 'linux-panic-stack-overflow',
    class: 'stack-overflow',
    pattern: /^Kernel panic - not syncing: (kernel stack overflow)/,
    consequence: true,
  },
  { ...panic, id: 'linux-panic-serror', class: 'serror', pattern: /^Kernel panic - not syncing: (Asynchronous SError Interrupt)/ },
  {
    ...panic,
    id: 'linux-panic-machine-check',
    class: 'machine-check',
    pattern: /^Kernel panic - not syncing: ((?:Fatal|Uncorrected|Timeout:)[\w ]{0,80}[Mm]achine check.{0,100}|Machine check.{0,100})/,
  },
  {
    ...panic,
    id: 'linux-panic-after-fault',
    class: 'panic',
    pattern:
      /^Kernel panic - not syncing: ((?:\w{1,20}: ){0,2}(?:Fatal exception\b|panic_on_\w{1,20}|softlockup: hung tasks|hung_task: blocked tasks|RCU Stall|Hard LOCKUP|Unhandled exception$|EXT4-fs \(device [^)]{1,60}\): panic forced|Aiee, killing interrupt handler|Attempted to kill the idle task).{0,200})/,
    consequence: true,
  },
  { ...panic, id: 'linux-panic', class: 'panic', pattern: /^Kernel panic - not syncing: (.{1,400})/ },
  { ...panic, id: 'linux-panic-end', class: 'panic', pattern: /^---\[ end Kernel panic - not syncing: (.{1,400}?) \]---$/ },
];
