/**
 * Functions that stand above the culprit in a back trace: they report, copy, lock, allocate, wait or enter the kernel on behalf of
 * whoever called them. What is at fault is the first function below them.
 */
const generic = new RegExp(
  `^(?:${[
    // Reports and stack dumps.
    'print_(?:trailer|section|tracking|track|page_info)|dump_(?:stack|backtrace|cpu_task)\\w*|__dump_stack|show_(?:stack|regs|trace_log_lvl|state\\w*)|sched_show_task|print_\\w*(?:report|bug|description|warning|inversion)\\w*',
    'alltraps\\w*|startlwp|snprintf|v?panic|nmi_panic\\w*|die|__die\\w*|die_kernel_fault|oops_(?:begin|end)|no_context|__warn\\w*|warn_slowpath_\\w+|report_bug|handle_bug|bug_handler|exc_\\w+|do_trap\\w*',
    '(?:__)?do_kernel_fault|bad_area\\w*|__bad_area\\w*|do_(?:mem_abort|page_fault|translation_fault|bad_area|user_addr_fault|tag_check_fault|sea|undefinstr|debug_exception|serror|error_trap|invalid_op|general_protection)|page_fault_oops|search_exception_tables|brk_handler|call_(?:break|undef)_hook|bug_brk_handler|arm64_(?:serror|notify)\\w*|kernel_fault|dump_page',
    // Sanitizers and what they instrument.
    '_*kasan_\\w+|_*asan_\\w+|_*hwasan_\\w+|check_memory_region\\w*|check_region_inline|_*kmsan_\\w+|_*msan_\\w+|_*kcsan_\\w+|_*tsan_\\w+|_*kfence_\\w+|_*ubsan_\\w+|handle_(?:overflow|cfi_failure)|val_to_string|report_cfi_failure|__cfi_\\w+',
    'instrument_\\w+|_*fortify_\\w+|_*(?:__pi_)(?:mem|str)\\w+|_inline_copy_\\w+|_*memcpy\\w*|_*memset\\w*|_*memmove\\w*|_*memcmp|_*str(?:len|cpy|ncpy|lcpy|scpy|cmp|ncmp|cat|lcat|chr|nlen|str|ndup|dup)|_*copy_(?:from|to|in)_\\w+|_*arch_copy_\\w+|check_(?:heap_object|object_size)|__check_(?:heap_object|object_size)|usercopy_(?:abort|warn)|_copy_(?:from|to)_iter',
    // Reference counts, objects, lists.
    'refcount_\\w+|__refcount_\\w+|kref_\\w+|kobject_(?:get|put|add|add_internal|add_varg|init|init_and_add|del|cleanup|release)|debug_(?:print_object|object_\\w+|check_no_obj_freed|spin_\\w+)|__debug_\\w+|__list_(?:add|del)\\w*|list_(?:add|del)\\w*|(?:arch_|raw_)?atomic\\w*_\\w+',
    // Locks and lockdep.
    '_*(?:raw_|do_raw_)?(?:spin|read|write)_(?:lock|unlock|trylock|bug)\\w*|spin_(?:bug|dump)|rwlock_bug|_*raw_(?:spin|read|write)\\w+|queued_(?:spin|read|write)\\w*|native_queued_\\w+|_*mutex_\\w+|_*down_(?:read|write|timeout|interruptible|killable|trylock)\\w*|down|_*up_(?:read|write)|rwsem_\\w+|_*rt_mutex_\\w+|_*lock_(?:acquire|release|sock\\w*)|_*lockdep_\\w+|check_(?:noncircular|deadlock|prev_add|prevs_add|irq_usage|wait_context|path|unlock)|validate_chain|mark_(?:lock|usage|held_locks)\\w*|valid_state|register_lock_class|assign_lock_key|__ww_mutex\\w*|percpu_(?:down|up)_\\w+|_*rcu_read_\\w+|debug_check_no_locks_\\w+',
    // Waiting.
    '_*might_(?:sleep|resched|fault)|_*schedule\\w*|io_schedule\\w*|context_switch|__switch_to\\w*|wait_(?:for_(?:completion|common)\\w*|woken|on_(?:bit|buffer|page)\\w*)|__wait_\\w+|do_wait_\\w+|out_of_line_wait_\\w+|bit_wait\\w*|prepare_to_wait\\w*|schedule_(?:timeout|preempt)\\w*|preempt_schedule\\w*|msleep\\w*|do_nanosleep',
    // Allocators.
    '_*k[mvz]*alloc\\w*|_*kv?malloc\\w*|_*k(?:v|z)?free\\w*|_*kmem_cache_\\w+|_*kmemleak_\\w+|__get_free_pages?|get_zeroed_page|_*call_rcu\\w*|__init_work|print_bad_pte|vm_normal_page|free_to_partial_list|check_(?:slab|bytes_and_report|object)|_*slab_\\w+|___slab_\\w+|__slab_\\w+|do_slab_free|alloc_(?:pages?|slab|skb)\\w*|__alloc_(?:pages?|skb)\\w*|allocate_slab|new_slab|free_(?:pages?|unref|pcp|slab)\\w*|__free_\\w+|bad_page\\w*|get_page_from_freelist|(?:alloc|free)_debug_processing|get_partial\\w*|_*vmalloc\\w*|v?free|kstrdup\\w*|kmemdup\\w*|object_err|cache_alloc\\w*|kmalloc\\w*|slab_err|quarantine_\\w+|qlist_\\w+|krealloc\\w*',
    // Stalls and interrupts.
    'rcu_(?:dump|sched_clock|check|pending|stall)\\w*|print_(?:cpu|other_cpu)_stall\\w*|check_cpu_stall|_*nmi_\\w+|nmi|trigger_\\w*backtrace\\w*|arch_trigger_\\w+|watchdog_\\w+|is_(?:soft|hard)lockup|update_process_times|tick_\\w+|_*hrtimer_\\w+|local_apic_timer_interrupt|_*sysvec_\\w+|arch_timer_\\w+|handle_(?:percpu|fasteoi|irq|domain|edge)\\w*|_*handle_irq\\w*|generic_handle\\w*|gic_\\w+|call_on_(?:irq_)?stack\\w*|do_interrupt_handler|el[01]\\w+|asm_\\w+|ret_from_(?:fork|exception)\\w*|entry_SYSCALL\\w*|do_syscall_64|common_interrupt|__irq\\w+',
    // The BSDs.
    'db_\\w+|kdb_\\w+|vpanic|kern_assert|__assert|trap\\w*|calltrap|alltraps\\w*|trap_(?:fatal|pfault)|witness_\\w+|kassert_\\w+|Xtrap\\w*|uvm_fault\\w*|mtx_\\w+|rw_(?:enter|exit)\\w*',
    // Rust.
    'rust_begin_unwind|_RN\\w*(?:panicking|panic_fmt)\\w*|\\w*core\\d*panicking\\w*',
  ].join('|')})$`,
);

/** Whether the function only helps others, so that a fault in it is its caller's. */
export function isGenericFrame(name: string): boolean {
  return generic.test(name);
}

/** A function's name without what the compiler puts behind it when it makes a copy: `.constprop.0`, `.isra.0`, `.part.0`, `.cold`. */
export function sourceName(name: string): string {
  const dot = name.indexOf('.', 1);
  return dot === -1 ? name : name.replace(/(?:\.(?:constprop|isra|part|cold|llvm|lto_priv)(?:\.\d{1,20})?){1,6}$/, '');
}
