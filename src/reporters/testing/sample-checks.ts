import type { SampleCheck } from './sample-run.ts';

/** A run with every outcome and every cause, and consoles that try to break the reports. */
export const everyOutcome: readonly SampleCheck[] = [
  {
    id: 'a0.boot.markers',
    title: 'boot markers come, each once, in order',
    metrics: [{ name: 'boot_to_init_ms', value: 720, unit: 'ms' }],
  },
  {
    id: 'a0.fault.null-jump',
    title: 'a jump to null ends the program, not the kernel',
    outcome: 'FAIL',
    cause: 'guest-crash',
    message: 'expected the program to end with SIGSEGV, but the kernel panicked: Attempted to kill init! exitcode=0x0000000b',
    hint: 'read the oops in the console; the fault handler treats a fault at EL0 as its own.',
    crash: {
      signature: 'linux-panic',
      title: 'Kernel panic - not syncing: Attempted to kill init!',
      text: [
        '[    1.204411] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000',
        '[    1.204502] Internal error: Oops: 0000000086000004 [#1] SMP',
        '[    1.204570] pc : 0x0',
        '[    1.204612] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b',
        '[    1.204650] ---[ end Kernel panic - not syncing: Attempted to kill init! ]---',
      ].join('\n'),
    },
  },
  {
    id: 'a0.idle.wfi',
    title: 'idle waits in WFI',
    outcome: 'MISS',
    cause: 'host-overload',
    message: 'the host was busy: 41% of the vCPU thread’s time was stolen',
    hint: 'run again with fewer jobs.',
  },
  {
    id: 'a0.memory.64-mib',
    title: 'boots with 64 MiB',
    outcome: 'FAIL',
    cause: 'guest-hang',
    message: 'no prompt within 60000 ms (last marker "init", 412 lines; QEMU running)',
  },
  {
    id: 'a0.syscall.enosys',
    title: 'an unassigned number gives -ENOSYS',
    booted: false,
    outcome: 'ERROR',
    cause: 'broken-test',
    message: 'TypeError: probe is not a function',
    hint: 'correct the check.',
  },
  {
    id: 'a1.echo.hi',
    title: '`echo hi` prints hi',
    steps: [{ title: 'run: echo hi', console: '~ # echo hi\r\nhi\r\n', exitStatus: 0, output: 'hi\n' }],
  },
  {
    id: 'a1.exit.42',
    title: '`sh -c "exit 42"; echo $?` prints 42',
    outcome: 'FAIL',
    cause: 'assertion',
    message: 'expected exit status 42, got 0',
    hint: 'wait4 reports the wrong status: look at its encoding.',
    steps: [
      { title: 'run: uname -r', console: '~ # uname -r\r\n6.1.0-32-cloud-arm64\r\n', exitStatus: 0, output: '6.1.0-32-cloud-arm64\n' },
      {
        title: 'run: sh -c "exit 42"',
        console: '~ # sh -c "exit 42"\r\n\x1b[31msh: wrong status\x1b[0m\r\n',
        ok: false,
        exitStatus: 0,
        output: '',
      },
    ],
  },
  {
    id: 'a1.hostile.console',
    title: 'a title with <script>window.hacked = 1</script> & "quotes"',
    outcome: 'FAIL',
    cause: 'guest-exit',
    message: '</script><img src=x onerror="window.hacked = 1">\n::error::not a command\n```\n]]> and ]]> \u0000\u001b[31m \ud800 \uffff',
    steps: [{ title: 'run: cat /bin/busybox', console: hostileText(), ok: false, output: '<b>bold</b>' }],
  },
  { id: 'a1.pipe.yes-head-wc', title: 'pipes carry data', metrics: [{ name: 'pipe_bytes', value: 2, unit: 'bytes' }] },
  {
    id: 'a1.reboot.unexpected',
    title: 'no reboot',
    outcome: 'FAIL',
    cause: 'unexpected-reboot',
    message: 'a second boot banner came at line 902',
  },
  {
    id: 'a1.shell.slow',
    title: 'slow but alive',
    outcome: 'FAIL',
    cause: 'guest-slow',
    message: 'took 61 s of guest time; the budget is 60 s',
  },
  {
    id: 'a1.sleep.one-second',
    title: '`sleep 1` takes a second',
    earlier: [{ cause: 'host-overload', message: 'the host stole 38% of the time' }],
  },
  { id: 'a1.syscall.rate', title: 'system calls a second', outcome: 'DONE', metrics: [{ name: 'getpid_ns', value: 182, unit: 'ns' }] },
  {
    id: 'a1.vi.screen',
    title: 'needs a terminal emulator',
    outcome: 'SKIP',
    message: 'the profile has no full-screen programs',
    booted: false,
  },
  {
    id: 'a1.wx.denied',
    title: 'RWX mappings are refused',
    outcome: 'SKIP',
    deviation: 'Linux allows RWX mappings unless SELinux forbids them',
  },
  { id: 'a1.zz.harness', title: 'the harness broke', outcome: 'MISS', cause: 'harness-fault', message: 'the QMP greeting was not JSON' },
  {
    id: 'a1.zz.qemu',
    title: 'QEMU died',
    outcome: 'MISS',
    cause: 'qemu-exit',
    message: 'QEMU ended with exit code 1',
    hint: 'see its last words: Could not allocate memory.',
  },
];

function hostileText(): string {
  return [
    '~ # cat /bin/busybox',
    '</script><script>window.hacked = 1</script><!-- <svg onload=alert(1)>',
    '```',
    '::error file=x::owned',
    '   ::add-mask::secret',
    '##[group]owned',
    '``` fence ```` longer',
    '\u0000\u0001\u001b]0;title\u0007bell \u001b[38;5;200mcolour\u001b[0m \u202egnirts\u202c ]]> ]]>',
    'café 😀 \ufffe \u2028 line separator',
    '\u001b]never closed',
    'and still visible',
    '',
  ].join('\r\n');
}
