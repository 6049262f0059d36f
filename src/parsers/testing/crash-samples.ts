/**
 * For each signature, lines that begin such a report and the title that they must get. Written after the formats in the
 * kernels' sources. Test data; no part of the parsers.
 */
export const crashSamples: Readonly<Record<string, readonly (readonly [line: string, title: string])[]>> = {
  'linux-panic-init': [
    [
      '[    1.045037] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100',
      'panic: Attempted to kill init! exitcode=0x00000100',
    ],
    [
      '/ # [    9.000001] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b',
      'panic: Attempted to kill init! exitcode=0x0000000b',
    ],
  ],
  'linux-panic-no-root': [
    [
      '[    0.538539] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
      'panic: VFS: Unable to mount root fs',
    ],
    [
      '[    0.538539] Kernel panic - not syncing: VFS: Unable to mount root fs on "/dev/vda" or unknown-block(254,0)',
      'panic: VFS: Unable to mount root fs',
    ],
  ],
  'linux-panic-no-init': [
    [
      '[    1.000000] Kernel panic - not syncing: No working init found.  Try passing init= option to kernel. See Linux Documentation/admin-guide/init.rst for guidance.',
      'panic: No working init found',
    ],
    ['[    1.000000] Kernel panic - not syncing: Requested init /sbin/nope failed (error -2).', 'panic: Requested init /sbin/nope failed'],
  ],
  'linux-panic-oom': [
    ['[   12.000000] Kernel panic - not syncing: System is deadlocked on memory', 'panic: System is deadlocked on memory'],
    [
      '[   12.000000] Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled',
      'panic: Out of memory: compulsory panic_on_oom is enabled',
    ],
  ],
  'linux-panic-stack': [
    [
      '[    3.100000] Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: do_work+0x9c/0xa0',
      'panic: stack-protector: Kernel stack is corrupted in do_work',
    ],
  ],
  'linux-panic-stack-end': [
    ['[    3.100000] Kernel panic - not syncing: corrupted stack end detected inside scheduler', 'panic: corrupted stack end detected'],
    ['[    5.000000] Kernel panic - not syncing: corrupted stack end detected inside scheduler', 'panic: corrupted stack end detected'],
  ],
  'linux-panic-stack-overflow': [['[    5.000000] Kernel panic - not syncing: kernel stack overflow', 'panic: kernel stack overflow']],
  'linux-panic-serror': [
    ['[    3.000000] Kernel panic - not syncing: Asynchronous SError Interrupt', 'panic: Asynchronous SError Interrupt'],
  ],
  'linux-panic-machine-check': [
    ['[    5.000000] Kernel panic - not syncing: Fatal local machine check', 'panic: Fatal local machine check'],
  ],
  'linux-panic-after-fault': [
    ['[    3.000000] Kernel panic - not syncing: Oops: Fatal exception', 'panic: Oops: Fatal exception'],
    ['[    3.000000] Kernel panic - not syncing: Fatal exception in interrupt', 'panic: Fatal exception in interrupt'],
    ['[    3.000000] Kernel panic - not syncing: kernel: panic_on_warn set ...', 'panic: kernel: panic_on_warn set ...'],
    ['[    3.000000] Kernel panic - not syncing: KASAN: panic_on_warn set ...', 'panic: KASAN: panic_on_warn set ...'],
    ['[   99.000000] Kernel panic - not syncing: softlockup: hung tasks', 'panic: softlockup: hung tasks'],
    ['[  199.000000] Kernel panic - not syncing: hung_task: blocked tasks', 'panic: hung_task: blocked tasks'],
    ['[    5.000000] Kernel panic - not syncing: Unhandled exception', 'panic: Unhandled exception'],
    [
      '[    5.000000] Kernel panic - not syncing: EXT4-fs (device vda): panic forced after error',
      'panic: EXT4-fs (device vda): panic forced after error',
    ],
  ],
  'linux-panic': [
    ['[    1.202672] Kernel panic - not syncing: sysrq triggered crash', 'panic: sysrq triggered crash'],
    ['Kernel panic - not syncing: no time stamps here', 'panic: no time stamps here'],
    ['buildroot login: [   12.345678][    T1] Kernel panic - not syncing: with a caller', 'panic: with a caller'],
    ['/ # Kernel panic - not syncing: after a prompt', 'panic: after a prompt'],
    ['<0>[    2.000000] Kernel panic - not syncing: raw level', 'panic: raw level'],
    ['\rKernel panic - not syncing: after a carriage return', 'panic: after a carriage return'],
    ['half a li[    2.000000] Kernel panic - not syncing: in the middle of a line', 'panic: in the middle of a line'],
  ],
  'linux-panic-end': [['[    2.000000] ---[ end Kernel panic - not syncing: head lost ]---', 'panic: head lost']],
  'linux-kernel-null': [
    [
      '[    5.000000] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008',
      'Unable to handle kernel NULL pointer dereference',
    ],
  ],
  'linux-kernel-fault': [
    ['[    5.000000] Unable to handle kernel paging request at virtual address ffff800012345678', 'Unable to handle kernel paging request'],
    [
      '[    5.000000] Unable to handle kernel access to user memory outside uaccess routines at virtual address 0000aaaadeadbeef',
      'Unable to handle kernel access to user memory outside uaccess routines',
    ],
  ],
  'linux-x86-null': [
    [
      '[    5.000000] BUG: unable to handle kernel NULL pointer dereference at 0000000000000008',
      'BUG: unable to handle kernel NULL pointer dereference',
    ],
    [
      '[    5.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000',
      'BUG: unable to handle kernel NULL pointer dereference',
    ],
  ],
  'linux-x86-fault': [
    ['[    5.000000] BUG: unable to handle kernel paging request at ffffc90000000000', 'BUG: unable to handle kernel paging request'],
    ['[    5.000000] BUG: unable to handle page fault for address: ffffc90000000000', 'BUG: unable to handle kernel paging request'],
  ],
  'linux-stack-guard': [
    [
      '[    5.000000] BUG: TASK stack guard page was hit at ffffc90000000000 (stack is ffffc90000000000..ffffc90000004000)',
      'BUG: stack guard page was hit',
    ],
  ],
  'linux-stack-overflow': [['[    5.000000] Insufficient stack space to handle exception!', 'kernel stack overflow']],
  'linux-undefined-instruction': [
    ['[    5.000000] Internal error: Oops - undefined instruction: 0 [#1] SMP', 'Internal error: Oops - undefined instruction'],
    [
      '[    5.000000] Internal error: Oops - Undefined instruction: 0000000002000000 [#1] PREEMPT SMP',
      'Internal error: Oops - undefined instruction',
    ],
  ],
  'linux-cfi': [
    ['[    5.000000] CFI failure at do_call+0x10/0x40 (target: other_fn+0x0/0x10; expected type: 0x12345678)', 'CFI failure in do_call'],
    ['[    5.000000] CFI failure (target: other_fn+0x0/0x10):', 'CFI failure'],
  ],
  'linux-cfi-oops': [['[    5.000000] Internal error: Oops - CFI: 00000000f2008230 [#1] SMP', 'CFI failure']],
  'linux-tag-fault-error': [
    [
      '[    5.000000] Internal error: synchronous tag check fault: 0000000096000011 [#1] PREEMPT SMP',
      'Unhandled fault: synchronous tag check fault',
    ],
  ],
  'linux-tag-fault': [
    [
      '[    5.000000] Unhandled fault: synchronous tag check fault (0x96000011) at 0xf5ff000012345678',
      'Unhandled fault: synchronous tag check fault',
    ],
  ],
  'linux-internal-error': [
    ['[    5.000000] Internal error: Oops: 0000000096000004 [#1] SMP', 'Internal error: Oops'],
    ['[    5.000000] Internal error: Oops: 96000044 [#12] PREEMPT SMP', 'Internal error: Oops'],
    ['[    5.000000] Internal error: Oops - BUG: 00000000f2000800 [#1] SMP', 'Internal error: Oops - BUG'],
    ['[    5.000000] Internal error: synchronous external abort: 0000000096000010 [#1] SMP', 'Internal error: synchronous external abort'],
  ],
  'linux-bug-usercopy': [['[    5.000000] kernel BUG at mm/usercopy.c:102!', 'BUG: bad usercopy']],
  'linux-bug-at': [['[    5.000000] kernel BUG at fs/ext4/inode.c:2714!', 'kernel BUG at fs/ext4/inode.c']],
  'linux-x86-protection': [
    [
      '[    5.000000] general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] PREEMPT SMP',
      'general protection fault',
    ],
    [
      '[    5.000000] Oops: general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP',
      'general protection fault',
    ],
  ],
  'linux-x86-divide-error': [
    ['[    5.000000] divide error: 0000 [#1] PREEMPT SMP', 'divide error'],
    ['[    5.000000] Oops: divide error: 0000 [#1] PREEMPT SMP', 'divide error'],
  ],
  'linux-x86-invalid-opcode': [['[    5.000000] invalid opcode: 0000 [#1] SMP', 'invalid opcode']],
  'linux-x86-stack-segment': [['[    5.000000] stack segment: 0000 [#1] SMP', 'stack segment']],
  'linux-x86-double-fault': [['[    5.000000] double fault: 0000 [#1] SMP', 'double fault']],
  'linux-x86-trap': [['[    5.000000] int3: 0000 [#1] SMP', 'int3']],
  'linux-x86-double-fault-panic': [['[    5.000000] traps: PANIC: double fault, error_code: 0x0', 'double fault']],
  'linux-oops': [
    ['[    5.000000] Oops: 0002 [#1] PREEMPT SMP NOPTI', 'Oops'],
    ['[    5.000000] Oops: Oops: 0002 [#1] SMP', 'Oops'],
    ['[    5.000000] Oops - load access fault [#1]', 'Oops'],
  ],
  'linux-serror': [['[    5.000000] SError Interrupt on CPU0, code 0x00000000be000000 -- SError', 'SError interrupt']],
  'linux-bad-mode': [['[    5.000000] Bad mode in Error handler detected on CPU0, code 0xbf000000 -- SError', 'Bad mode in Error handler']],
  'linux-unhandled-exception': [
    [
      '[    5.000000] Unhandled 64-bit el1h sync exception on CPU0, ESR 0x0000000002000000 -- Unknown/Uncategorized',
      'Unhandled 64-bit el1h sync exception',
    ],
  ],
  'linux-unhandled-fault': [
    [
      '[    5.000000] Unhandled fault: synchronous external abort (0x96000210) at 0xffff00000123',
      'Unhandled fault: synchronous external abort',
    ],
  ],
  'linux-unhandled-fault-at': [['[    5.000000] Unhandled fault at 0xffff800012345678', 'Unhandled fault']],
  'linux-alignment': [['[    5.000000] Alignment trap: not handling instruction e1923f9f at [<c0012345>]', 'Alignment trap']],
  'linux-kasan-use-after-free': [
    ['[    5.000000] BUG: KASAN: slab-use-after-free in do_thing+0x1c/0x40', 'KASAN: use-after-free in do_thing'],
    ['[    5.000000] BUG: KASAN: use-after-free in do_thing+0x1c/0x40', 'KASAN: use-after-free in do_thing'],
  ],
  'linux-kasan-null': [['[    5.000000] BUG: KASAN: null-ptr-deref in do_thing+0x1c/0x40', 'KASAN: null-ptr-deref in do_thing']],
  'linux-kasan-free': [
    ['[    5.000000] BUG: KASAN: double-free in do_thing+0x1c/0x40', 'KASAN: double-free in do_thing'],
    ['[    5.000000] BUG: KASAN: double-free or invalid-free in do_thing+0x1c/0x40', 'KASAN: invalid-free in do_thing'],
    ['[    5.000000] BUG: KASAN: invalid-free in kfree+0x1c/0x40', 'KASAN: invalid-free'],
  ],
  'linux-kasan': [
    ['[    5.000000] BUG: KASAN: slab-out-of-bounds in memcpy+0x1c/0x40', 'KASAN: slab-out-of-bounds'],
    ['[    5.000000] BUG: KASAN: stack-out-of-bounds in do_thing.constprop.0+0x1c/0x40', 'KASAN: stack-out-of-bounds in do_thing'],
    ['[    5.000000] BUG: KASAN: invalid-access', 'KASAN: invalid-access'],
  ],
  'linux-kfence': [['[    5.000000] BUG: KFENCE: out-of-bounds read in do_thing+0x1c/0x40', 'KFENCE: out-of-bounds read in do_thing']],
  'linux-kmsan': [['[    5.000000] BUG: KMSAN: uninit-value in do_thing+0x1c/0x40', 'KMSAN: uninit-value in do_thing']],
  'linux-data-race': [
    ['[    5.000000] BUG: KCSAN: data-race in do_read / do_write', 'KCSAN: data-race in do_read / do_write'],
    ['[    5.000000] BUG: KCSAN: assert: race in do_read+0x1c/0x40', 'KCSAN: assert: race in do_read'],
  ],
  'linux-slub': [
    ['[    5.000000] BUG kmalloc-128 (Tainted: G  OE     ): Object already free', 'slab: Object already free'],
    ['[    5.000000] BUG lkm_cache (Not tainted): Objects remaining in lkm_cache on __kmem_cache_shutdown()', 'slab: Objects remaining'],
  ],
  'linux-ubsan': [
    ['[    5.000000] UBSAN: array-index-out-of-bounds in drivers/foo/bar.c:123:4', 'UBSAN: array-index-out-of-bounds in drivers/foo/bar.c'],
    ['[    5.000000] UBSAN: Undefined behaviour in drivers/foo/bar.c:123:4', 'UBSAN: Undefined behaviour in drivers/foo/bar.c'],
  ],
  'linux-lockdep': [
    ['[    5.000000] WARNING: possible circular locking dependency detected', 'lockdep: possible circular locking dependency detected'],
    ['[    5.000000] WARNING: possible recursive locking detected', 'lockdep: possible recursive locking detected'],
    ['[    5.000000] WARNING: suspicious RCU usage', 'lockdep: suspicious RCU usage'],
    [
      '[    5.000000] WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected',
      'lockdep: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected',
    ],
    ['[    5.000000] WARNING: possible irq lock inversion dependency detected', 'lockdep: possible irq lock inversion dependency detected'],
    ['[    5.000000] WARNING: bad unlock balance detected!', 'lockdep: bad unlock balance detected'],
    ['[    5.000000] WARNING: held lock freed!', 'lockdep: held lock freed'],
  ],
  'linux-lockdep-held': [['[    5.000000] WARNING: sh/88 still has locks held!', 'lockdep: still has locks held']],
  'linux-lockdep-info': [
    ['[    5.000000] [ INFO: possible circular locking dependency detected ]', 'lockdep: possible circular locking dependency detected'],
  ],
  'linux-lockdep-bug': [
    ['[    5.000000] [ BUG: held lock freed! ]', 'lockdep: held lock freed'],
    ['[    5.000000] [ BUG: Invalid wait context ]', 'lockdep: Invalid wait context'],
  ],
  'linux-lockdep-key': [['[    5.000000] INFO: trying to register non-static key.', 'lockdep: trying to register non-static key']],
  'linux-memory-leak': [['[    5.000000] BUG: memory leak', 'memory leak']],
  'linux-unreferenced': [
    ['unreferenced object 0xffff000004a3b200 (size 64):', 'memory leak'],
    ['[    5.000000] kmemleak: unreferenced object 0xffff000004a3b200 (size 64):', 'memory leak'],
  ],
  'linux-kmemleak': [
    ['[    5.000000] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)', 'kmemleak: suspected memory leaks'],
  ],
  'linux-atomic-sleep': [
    [
      '[    5.000000] BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580',
      'BUG: sleeping function called from invalid context',
    ],
  ],
  'linux-atomic-schedule': [
    ['[    5.000000] BUG: scheduling while atomic: sh/88/0x00000002', 'BUG: scheduling while atomic'],
    ['[    5.000000] BUG: scheduling while atomic: kworker/0:1/9/0x00000002', 'BUG: scheduling while atomic'],
  ],
  'linux-soft-lockup': [
    ['[   48.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [insmod:123]', 'BUG: soft lockup'],
    ['[   48.000000] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [swapper/1:0]', 'BUG: soft lockup'],
  ],
  'linux-hard-lockup': [
    ['[   48.000000] NMI watchdog: Watchdog detected hard LOCKUP on cpu 0', 'hard LOCKUP'],
    ['[   48.000000] watchdog: Watchdog detected hard LOCKUP on cpu 3', 'hard LOCKUP'],
  ],
  'linux-workqueue-lockup': [
    ['[    5.000000] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!', 'BUG: workqueue lockup'],
  ],
  'linux-spinlock': [
    ['[    5.000000] BUG: spinlock bad magic on CPU#0, sh/88', 'BUG: spinlock bad magic'],
    ['[    5.000000] BUG: spinlock lockup suspected on CPU#0, sh/88', 'BUG: spinlock lockup suspected'],
    ['[    5.000000] BUG: rwlock recursion on CPU#1, sh/88', 'BUG: rwlock recursion'],
  ],
  'linux-bad-page': [
    ['[    5.000000] BUG: Bad page state in process sh  pfn:12345', 'BUG: Bad page state'],
    ['[    5.000000] BUG: Bad page map in process sh  pte:00000000deadbeef pmd:12345067', 'BUG: Bad page map'],
  ],
  'linux-bad-rss': [
    ['[    5.000000] BUG: Bad rss-counter state mm:00000000a1b2c3d4 type:MM_FILEPAGES val:1', 'BUG: Bad rss-counter state'],
    ['[    5.000000] BUG: non-zero pgtables_bytes on freeing mm: 4096', 'BUG: non-zero pgtables_bytes on freeing mm'],
  ],
  'linux-dentry': [
    ['[    5.000000] BUG: Dentry 00000000a1b2c3d4{i=c,n=file}  still in use (1) [unmount of ext4 vda]', 'BUG: Dentry still in use'],
  ],
  'linux-bug': [['[    5.000000] BUG: MAX_LOCKDEP_CHAINS too low!', 'BUG: MAX_LOCKDEP_CHAINS too low!']],
  'linux-warning': [
    ['[    5.000000] WARNING: CPU: 0 PID: 88 at kernel/foo.c:12 do_thing+0x1c/0x40', 'WARNING in do_thing'],
    ['[    5.000000] WARNING: CPU: 3 PID: 9 at kernel/foo.c:99 do_thing+0x2c/0x80 [foo]', 'WARNING in do_thing'],
    ['[    5.000000] WARNING: kernel/foo.c:12 at do_thing+0x1c/0x40, CPU#0: sh/88', 'WARNING in do_thing'],
  ],
  'linux-warning-at': [['[    5.000000] WARNING: CPU: 0 PID: 88 at kernel/foo.c:12', 'WARNING at kernel/foo.c']],
  'linux-rcu-self-stall': [['[   25.000000] rcu: INFO: rcu_sched self-detected stall on CPU', 'INFO: rcu self-detected stall']],
  'linux-rcu-stall': [
    ['[   25.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:', 'INFO: rcu detected stall'],
    [
      '[   25.000000] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-... } 21 jiffies s: 5 root: 0x1/.',
      'INFO: rcu detected expedited stall',
    ],
  ],
  'linux-rcu-starved': [
    [
      '[   25.000000] rcu: rcu_preempt kthread starved for 5252 jiffies! g1234 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=0',
      'INFO: rcu kthread starved',
    ],
  ],
  'linux-hung-task': [
    ['[  243.000000] INFO: task mount:123 blocked for more than 120 seconds.', 'INFO: task hung'],
    ['[  243.000000] INFO: task kworker/0:1:9 blocked for more than 241 seconds.', 'INFO: task hung'],
    ['[  243.000000] INFO: task jbd2/vda-8:77 blocked in I/O wait for more than 120 seconds.', 'INFO: task hung'],
  ],
  'linux-ext4': [
    [
      '[    5.000000] EXT4-fs error (device vda): ext4_lookup:1855: inode #2: comm sh: iget: checksum invalid',
      'EXT4-fs error in ext4_lookup',
    ],
    [
      '[    5.000000] EXT4-fs error (device vda) in ext4_reserve_inode_write:5764: Journal has aborted',
      'EXT4-fs error in ext4_reserve_inode_write',
    ],
  ],
  'linux-jbd2': [
    ['[    5.000000] JBD2: Detected IO errors while flushing file data on vda-8', 'JBD2: Detected IO errors while flushing file data'],
  ],
  'linux-journal-aborted': [['[    5.000000] Aborting journal on device vda-8.', 'JBD2: journal aborted']],
  'linux-io-error': [
    ['[    5.000000] I/O error, dev vda, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2', 'I/O error on vda'],
    ['[    5.000000] blk_update_request: I/O error, dev vda, sector 0 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 0', 'I/O error on vda'],
  ],
  'linux-buffer-io-error': [['[    5.000000] Buffer I/O error on dev vda, logical block 0, async page read', 'Buffer I/O error on vda']],
  'linux-oom': [
    [
      '[    9.000000] dd invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0',
      'OOM kill (asked for by dd)',
    ],
  ],
  'linux-oom-killed': [
    ['[    9.000000] Out of memory: Killed process 91 (dd) total-vm:2384kB, anon-rss:1008kB', 'OOM kill: dd'],
    ['[    9.000000] Memory cgroup out of memory: Killed process 91 (a (b) c) total-vm:2384kB', 'OOM kill: a (b) c'],
  ],
  'sis-panic': [
    ['!!!                        KERNEL PANIC                                      !!!', 'SIS kernel panic'],
    ['sis> !!!                        KERNEL PANIC                                      !!!', 'SIS kernel panic'],
  ],
  'sis-recursive-panic': [['!!! RECURSIVE PANIC !!!', 'SIS recursive panic']],
  'sis-structured-panic': [
    [
      '{"ts":4381200,"subsystem":"PANIC","status":"kernel_panic","level":"FATAL","location":"src/main.rs:1:2","message":"out of frames"}',
      'panic: out of frames',
    ],
  ],
  'rust-panic': [
    ['panicked at src/main.rs:42:9:', 'Rust panic at src/main.rs'],
    [
      "[    5.000000] rust_kernel: panicked at 'explicit panic', samples/rust/rust_minimal.rs:22:9",
      'Rust panic at samples/rust/rust_minimal.rs',
    ],
    ['[PANIC] panicked at src/mm/slab.rs:212:17:', 'Rust panic at src/mm/slab.rs'],
  ],
  'sis-tagged-panic': [['[PANIC] no free frame', 'panic: no free frame']],
  'sis-unhandled-exception': [
    ['Unhandled exception: EC=0x25, ESR=0x96000045, PC=0x400a1b2c', 'Unhandled exception: EC=0x25'],
    ['[Error] trap: Unhandled exception: EC=0x0, ESR=0x2000000, PC=0x400a1b2c', 'Unhandled exception: EC=0x0'],
  ],
  'sis-kernel-exception': [['Kernel exception: EC=0x25, ESR=0x96000045, PC=0x400a1b2c', 'Kernel exception: EC=0x25']],
  'sis-page-fault': [['Unhandled page fault at 0xdeadbeef: EFAULT', 'Unhandled page fault: EFAULT']],
  'sis-serror': [['SError received', 'SError received']],
  'bsd-fatal-trap': [['Fatal trap 12: page fault while in kernel mode', 'Fatal trap 12: page fault']],
  'bsd-uvm-fault': [['uvm_fault(0xffffffff82345678, 0x0, 0, 1) -> e', 'uvm_fault']],
  'bsd-kernel-trap': [['kernel: page fault trap, code=0', 'kernel: page fault trap']],
  'bsd-supervisor-fault': [['fatal page fault in supervisor mode', 'fatal page fault']],
  'bsd-witness': [['witness: lock order reversal:', 'witness: lock order reversal']],
  'bsd-panic': [
    [
      'panic: kernel diagnostic assertion "x != NULL" failed: file "/usr/src/sys/kern/foo.c", line 12',
      'panic: kernel diagnostic assertion "x != NULL" failed: file "/usr/src/sys/kern/foo.c", line 12',
    ],
    ['[ 165.1234567] panic: vmem_check', 'panic: vmem_check'],
  ],
};

/** Lines that use the words and are no crash. */
export const quotedWords: readonly string[] = [
  'Kernel panic - not syncing',
  'echo "Kernel panic - not syncing: x"',
  '/ # echo Kernel panic - not syncing: x',
  '"Kernel panic - not syncing: x"',
  'grep: Kernel panic - not syncing: x',
  '[    0.000000] Kernel command line: console=ttyAMA0 oops=panic panic=-1 softlockup_panic=1 BUG: x',
  '[    1.000000] Run /init as init process',
  '[    1.000000] INFO: lockdep is turned off.',
  '[    1.000000] ODEBUG: selftest passed',
  '[    1.000000] ODEBUG: Out of memory. ODEBUG disabled',
  '[    1.000000] DEBUG: x',
  '[    1.000000] foo: BUG_ON is compiled in',
  '[    1.000000] rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.',
  '[    1.000000] rcu: \tRCU CPU stall warnings timeout set to 60 (rcu_cpu_stall_timeout).',
  '[    1.000000] Warning: unable to open an initial console.',
  '[    1.000000] WARNING: Unable to find LSM',
  '[    1.000000] hung_task: blocked tasks are checked for every 120 seconds',
  '[    1.000000] watchdog: Delayed init of the lockup detector failed: -19',
  '[    1.000000] NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.',
  '[    1.000000] CPU features: detected: RAS Extension Support (SError recovery)',
  '[    1.000000] traps: prog[88] general protection fault ip:401136 sp:7ffc error:0 in prog[401000+1000]',
  '[    1.000000] traps: prog[88] trap invalid opcode ip:401136 sp:7ffc error:0 in prog[401000+1000]',
  '[    1.000000] prog[88]: undefined instruction: pc=0000000000400078',
  '[    1.000000] prog[88]: unhandled level 3 translation fault (11) at 0x00000000, esr 0x92000006, in prog[400000+1000]',
  '[    1.000000] sysrq: Trigger a crash',
  '[    1.000000] printk: messages dropped: Oops: nothing else',
  '[    1.000000] pstore: Using crash dump compression: deflate',
  '[    1.000000] kernel.panic_on_oops = 1',
  '# BUG: known problem, see below',
  'BUG: a program’s own words',
  'x = 1 # WARNING: CPU: heavy',
  "thread 'main' (88) panicked at src/main.rs:42:9:",
  'KERNEL PANIC',
  'PANIC',
  'PANIC button pressed',
  'if it says PANIC, look at the log',
  '!!! KERNEL PANIC !!! is what the handler prints',
  'Page fault at 0x1000 (write), ESR=0x92000047, PC=0x400000',
  'Oops, sorry',
  'Oops: try again',
  '2.1: Oops: 0002 [#1] PREEMPT SMP',
  'Internal error: please report',
  'test invoked oom-killer',
  'Out of memory: Kill',
  'stall',
  'panic: runtime error: index out of range [3] with length 3',
  '[    1.000000] panic: said by a driver',
  '[    1.000000] EXT4-fs (vda): mounted filesystem with ordered data mode',
  'EXT4-fs error (device vda): ext4_lookup:1855: as a program quotes it',
  'I/O error, dev vda, sector 2048',
  '[    1.000000] Buffer I/O is fine',
  '[    1.000000] JBD2: recovery complete',
  '[    1.000000] reboot: Restarting system',
  '[    1.000000] INFO: task scheduler ready',
  '[    1.000000] kmemleak: Kernel memory leak detector initialized (mem pool available: 15780)',
  '[    1.000000] rcu: rcu_preempt kthread is up',
  '[    1.000000] KASAN: no report',
  '[    1.000000] kasan: KernelAddressSanitizer initialized (generic)',
  '[    1.000000] CFI: Using standard kCFI',
  '[    1.000000] witness of nothing',
  '[#',
];
