import { describe, expect, test } from 'vitest';
import { CrashDetector, type CrashReport } from './crash.ts';
import { linesOf } from './testing/replay.ts';

/** Puts a time stamp before each line. */
function stamped(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line, index) => `[    5.${String(index).padStart(6, '0')}] ${line}`);
}

function only(lines: readonly string[]): CrashReport {
  const detector = new CrashDetector();
  const reports = [...linesOf(...lines).flatMap((line) => detector.line(line)), ...detector.end()].filter(({ type }) => type === 'crash');
  expect(reports).toHaveLength(1);
  return reports[0] as CrashReport;
}

const arm64Trace = (...functions: readonly string[]): string =>
  ['CPU: 1 PID: 88 Comm: sh Not tainted 6.1.0 #1', 'Hardware name: linux,dummy-virt (DT)', 'Call trace:']
    .concat(functions.map((name) => ` ${name}+0x1c/0x40`))
    .join('\n');
const x86Trace = (...functions: readonly string[]): string =>
  ['CPU: 1 UID: 0 PID: 88 Comm: sh Tainted: G W 6.12.0 #1', 'Call Trace:', ' <TASK>']
    .concat(functions.map((name) => ` ${name}+0x1c/0x40`))
    .concat([' ? guessed_function+0x1/0x2', ' </TASK>'])
    .join('\n');
const dump = ['dump_backtrace', 'show_stack', 'dump_stack_lvl', 'dump_stack'];

/** Name, lines, title, class. */
const cases: readonly (readonly [name: string, lines: string, title: string, kind: string])[] = [
  [
    'an AArch64 NULL dereference takes the program counter',
    `Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008
Mem abort info:
Internal error: Oops: 0000000096000004 [#1] SMP
CPU: 1 PID: 88 Comm: sh Not tainted 6.1.0 #1
pc : lkm_read+0x10/0x20 [lkm]
lr : vfs_read+0x1c/0x40
Call trace:
 lkm_read+0x10/0x20 [lkm]
 vfs_read+0x1c/0x40
Code: d503201f
---[ end trace 0000000000000000 ]---`,
    'Unable to handle kernel NULL pointer dereference in lkm_read',
    'null-deref',
  ],
  [
    'a fault in a helper is its caller’s',
    `BUG: kernel NULL pointer dereference, address: 0000000000000000
#PF: supervisor write access in kernel mode
Oops: Oops: 0002 [#1] SMP
CPU: 1 UID: 0 PID: 88 Comm: sh Not tainted 6.12.0 #1
RIP: 0010:memcpy_orig+0x10/0x20
Call Trace:
 <TASK>
 lkm_write+0x1c/0x40 [lkm]
 </TASK>
---[ end trace 0000000000000000 ]---`,
    'BUG: unable to handle kernel NULL pointer dereference in lkm_write',
    'null-deref',
  ],
  [
    'a call to address 0 is its caller’s',
    `Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000
pc : 0x0
lr : lkm_open+0x18/0x30 [lkm]
Call trace:
 0x0
 lkm_open+0x1c/0x40 [lkm]`,
    'Unable to handle kernel NULL pointer dereference in lkm_open',
    'null-deref',
  ],
  [
    'KASAN tells the access',
    `==================================================================
BUG: KASAN: slab-use-after-free in lkm_read+0x1c/0x40 [lkm]
Write of size 8 at addr ffff000004a3b208 by task sh/88

${x86Trace('dump_stack_lvl', 'print_report', 'kasan_report', 'lkm_read')}
Allocated by task 88:
 kasan_save_stack+0x1c/0x40
==================================================================`,
    'KASAN: use-after-free Write in lkm_read',
    'kasan-use-after-free',
  ],
  [
    'KASAN in an instrumented helper names the caller',
    `BUG: KASAN: slab-out-of-bounds in memcpy+0x3c/0x60
Read of size 8 at addr ffff000004a3b208 by task sh/88
${x86Trace('dump_stack_lvl', 'print_report', 'kasan_report', 'kasan_check_range', 'memcpy', 'lkm_copy')}`,
    'KASAN: slab-out-of-bounds Read in lkm_copy',
    'kasan-read',
  ],
  [
    'a double free names who frees',
    `BUG: KASAN: double-free in kfree+0x3c/0x60
Free of addr ffff000004a3b208 by task sh/88
${arm64Trace(...dump, 'kasan_report_invalid_free', '__kasan_slab_free', 'kfree', 'lkm_release')}`,
    'KASAN: double-free in lkm_release',
    'kasan-invalid-free',
  ],
  [
    'a null-ptr-deref of KASAN',
    `BUG: KASAN: null-ptr-deref in lkm_read+0x3c/0x60
Read of size 4 at addr 0000000000000000 by task sh/88`,
    'KASAN: null-ptr-deref Read in lkm_read',
    'kasan-null-deref',
  ],
  [
    'UBSAN',
    `UBSAN: shift-out-of-bounds in drivers/lkm.c:12:3
shift exponent 64 is too large
${arm64Trace(...dump, 'ubsan_epilogue', '__ubsan_handle_shift_out_of_bounds', 'lkm_shift')}`,
    'UBSAN: shift-out-of-bounds in lkm_shift',
    'undefined-behaviour',
  ],
  [
    'a reference count',
    `------------[ cut here ]------------
refcount_t: underflow; use-after-free.
WARNING: CPU: 1 PID: 88 at lib/refcount.c:28 refcount_warn_saturate+0xf4/0x150
CPU: 1 PID: 88 Comm: sh Not tainted 6.1.0 #1
pc : refcount_warn_saturate+0xf4/0x150
Call trace:
 refcount_warn_saturate+0xf4/0x150
 lkm_put+0x1c/0x40 [lkm]
---[ end trace 0000000000000000 ]---`,
    'WARNING: refcount bug in lkm_put',
    'warning-refcount',
  ],
  [
    'an object that is freed while active',
    `------------[ cut here ]------------
ODEBUG: free active (active state 0) object: ffff0000 object type: timer_list hint: lkm_timer+0x0/0x10
WARNING: CPU: 1 PID: 88 at lib/debugobjects.c:505 debug_print_object+0xf4/0x150
${x86Trace('debug_print_object', 'debug_check_no_obj_freed', 'kfree', 'lkm_free')}`,
    'WARNING: ODEBUG bug in lkm_free',
    'warning-odebug',
  ],
  [
    'a kobject',
    `------------[ cut here ]------------
kobject: '(null)' (0000000012345678): is not initialized, yet kobject_put() is being called.
WARNING: CPU: 1 PID: 88 at lib/kobject.c:734 kobject_put+0xf4/0x150
${x86Trace('kobject_put', 'lkm_exit')}`,
    'WARNING: kobject bug in lkm_exit',
    'warning-kobject',
  ],
  [
    'a bad copy to user space',
    `usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64' (offset 0, size 128)!
------------[ cut here ]------------
kernel BUG at mm/usercopy.c:102!
invalid opcode: 0000 [#1] PREEMPT SMP
RIP: 0010:usercopy_abort+0x10/0x20
${x86Trace('__check_heap_object', '__check_object_size', 'lkm_read')}`,
    'BUG: bad usercopy in lkm_read',
    'usercopy',
  ],
  [
    'kernel BUG on x86-64',
    `------------[ cut here ]------------
kernel BUG at drivers/lkm.c:12!
Oops: invalid opcode: 0000 [#1] PREEMPT SMP
CPU: 1 UID: 0 PID: 88 Comm: sh Not tainted 6.12.0 #1
RIP: 0010:lkm_init+0x10/0x20 [lkm]
---[ end trace 0000000000000000 ]---`,
    'kernel BUG in lkm_init',
    'bug',
  ],
  [
    'lockdep names who takes the lock',
    `======================================================
WARNING: possible circular locking dependency detected
6.1.0 #1 Not tainted
------------------------------------------------------
sh/88 is trying to acquire lock:
ffff000004a3b208 (&a->lock){+.+.}-{3:3}, at: lkm_ab+0x1c/0x40 [lkm]

but task is already holding lock:
ffff000004a3b308 (&b->lock){+.+.}-{3:3}, at: lkm_ba+0x1c/0x40 [lkm]

stack backtrace:
${arm64Trace(...dump, 'print_circular_bug', 'check_noncircular', '__lock_acquire', 'lock_acquire', '__mutex_lock', 'lkm_ab')}`,
    'lockdep: possible circular locking dependency detected in lkm_ab',
    'lockdep',
  ],
  [
    'suspicious RCU usage',
    `WARNING: suspicious RCU usage
6.1.0 #1 Not tainted
-----------------------------
drivers/lkm.c:12 suspicious rcu_dereference_check() usage!

stack backtrace:
${arm64Trace(...dump, 'lockdep_rcu_suspicious', 'lkm_lookup')}`,
    'lockdep: suspicious RCU usage in lkm_lookup',
    'lockdep',
  ],
  [
    'sleeping in an atomic context',
    `BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580
in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 88, name: sh
${arm64Trace(...dump, '__might_resched', '__might_sleep', '__mutex_lock', 'mutex_lock_nested', 'lkm_poll')}`,
    'BUG: sleeping function called from invalid context in lkm_poll',
    'atomic-sleep',
  ],
  [
    'a hung task',
    `INFO: task sh:88 blocked for more than 120 seconds.
      Not tainted 6.1.0 #1
"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
task:sh state:D stack:0 pid:88 ppid:1 flags:0x00000000
Call trace:
 __switch_to+0x1c/0x40
 __schedule+0x1c/0x40
 schedule+0x1c/0x40
 rwsem_down_write_slowpath+0x1c/0x40
 down_write+0x1c/0x40
 lkm_wait+0x1c/0x40`,
    'INFO: task hung in lkm_wait',
    'hung-task',
  ],
  [
    'a soft lockup in a lock is its taker’s',
    `watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [sh:88]
CPU: 1 PID: 88 Comm: sh Not tainted 6.1.0 #1
pc : queued_spin_lock_slowpath+0x1c/0x40
Call trace:
 queued_spin_lock_slowpath+0x1c/0x40
 _raw_spin_lock+0x1c/0x40
 lkm_spin+0x1c/0x40`,
    'BUG: soft lockup in lkm_spin',
    'soft-lockup',
  ],
  [
    'an RCU stall, past the interrupt that finds it',
    `rcu: INFO: rcu_preempt self-detected stall on CPU
rcu: \t1-....: (5249 ticks this GP) idle=abcd/1/0x4000000000000002 softirq=1/1 fqs=2624
${x86Trace('sched_show_task', 'rcu_dump_cpu_stacks', 'rcu_sched_clock_irq', 'update_process_times', 'tick_nohz_handler', '__hrtimer_run_queues', 'hrtimer_interrupt', '__sysvec_apic_timer_interrupt', 'asm_sysvec_apic_timer_interrupt', 'lkm_loop')}`,
    'INFO: rcu self-detected stall in lkm_loop',
    'rcu-stall',
  ],
  [
    'a leak',
    `BUG: memory leak
unreferenced object 0xffff000004a3b200 (size 64):
  comm "sh", pid 88, jiffies 4294938000
  hex dump (first 32 bytes):
    00 01 02 03
  backtrace (crc 12345678):
    [<00000000aabbccdd>] kmalloc_trace+0x1c/0x40
    [<00000000aabbccdd>] lkm_alloc+0x1c/0x40`,
    'memory leak in lkm_alloc',
    'memory-leak',
  ],
  [
    'a spinlock',
    `BUG: spinlock bad magic on CPU#1, sh/88
 lock: 0xffff000004a3b200, .magic: 00000000, .owner: <none>/-1, .owner_cpu: 0
${arm64Trace(...dump, 'spin_bug', 'do_raw_spin_lock', '_raw_spin_lock', 'lkm_lock')}`,
    'BUG: spinlock bad magic in lkm_lock',
    'spinlock',
  ],
  [
    'a bad page',
    `BUG: Bad page state in process sh  pfn:12345
page:fffffc0000123440 refcount:0 mapcount:0
${arm64Trace(...dump, 'bad_page', 'free_pages_prepare', '__free_pages', 'lkm_free_page')}`,
    'BUG: Bad page state in lkm_free_page',
    'bad-page',
  ],
  [
    'a system error interrupt',
    `SError Interrupt on CPU1, code 0x00000000be000000 -- SError
CPU: 1 PID: 88 Comm: sh Not tainted 6.1.0 #1
pc : lkm_mmio+0x1c/0x40
Kernel panic - not syncing: Asynchronous SError Interrupt`,
    'SError interrupt in lkm_mmio',
    'serror',
  ],
];

describe('title, class, function and who', () => {
  test.each(cases)('%s', (_, lines, title, kind) => {
    const report = only(stamped(lines));
    expect(report).toMatchObject({ title, class: kind });
    expect(report.corrupted).toBeUndefined();
    const told = /CPU: \d/.test(lines);
    if (told) expect(report).toMatchObject({ cpu: 1, task: 'sh', pid: 88, function: expect.stringMatching(/^lkm_/) });
  });

  test.each(cases)('equal, whatever the addresses: %s', (_, lines, title) => {
    const moved = lines.replace(/\b(?:0x)?[0-9a-f]{12,16}\b/g, 'ffff888123456789').replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, '+0x123/0x456');
    expect(only(stamped(moved)).title).toBe(title);
  });
});

test('frames are the functions of the first back trace, in order, without guesses and what the compiler put behind a name', () => {
  const report = only(
    stamped(`Unable to handle kernel paging request at virtual address ffff800012345678
pc : lkm_a.constprop.0+0x10/0x20
Call trace:
 lkm_a.constprop.0+0x10/0x20
 ? guess+0x10/0x20
 lkm_b.isra.0+0x10/0x20 [lkm]
 [<ffffffff81234567>] lkm_c+0x10/0x20
Code: d503201f
Call trace:
 other+0x10/0x20`),
  );
  expect(report).toMatchObject({ frames: ['lkm_a', 'lkm_b', 'lkm_c'], function: 'lkm_a' });
});

test('a return address at the very start of a function is not believed to lie in it', () => {
  const report = only(
    stamped(`Kernel panic - not syncing: sysrq triggered crash
Call trace:
 panic+0x184/0x364
 next_function_in_the_image+0x0/0xa0
 __handle_sysrq+0x90/0x19c`),
  );
  expect(report).toMatchObject({ function: '__handle_sysrq', frames: ['panic', 'next_function_in_the_image', '__handle_sysrq'] });
});

test('a long title keeps its function whole', () => {
  const name = `lkm_${'x'.repeat(40)}`;
  const { title } = only(stamped(`Unable to handle kernel ${'very_long_words '.repeat(8)}\npc : ${name}+0x1/0x2`));
  expect(title.length).toBeLessThanOrEqual(120);
  expect(title.endsWith(` in ${name}`)).toBe(true);
});

test('kernels of the BSDs', () => {
  const openBsd = `uvm_fault(0xffffffff82345678, 0x8, 0, 1) -> e
kernel: page fault trap, code=0
Stopped at      lkm_open+0x10:  movq    0(%rax),%rax`;
  expect(only(openBsd.split('\n'))).toMatchObject({ title: 'uvm_fault in lkm_open', class: 'bad-access' });
  const freeBsd = `Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 01
panic: page fault
KDB: stack backtrace:
#0 0xffffffff80c45678 at kdb_backtrace+0x65
#1 0xffffffff80bf1234 at vpanic+0x181
#2 0xffffffff80bf1235 at lkm_open+0x43`;
  expect(only(freeBsd.split('\n'))).toMatchObject({ title: 'Fatal trap 12: page fault in lkm_open', consequences: [] });
  const netBsd = `[ 165.1234567] panic: trap
[ 165.1234567] cpu0: Begin traceback...
[ 165.1234567] vpanic() at netbsd:vpanic+0x15d`;
  expect(only(netBsd.split('\n'))).toMatchObject({ title: 'panic: trap' });
});
