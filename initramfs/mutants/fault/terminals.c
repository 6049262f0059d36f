// SPDX-License-Identifier: GPL-2.0
/* Pseudo-terminals, sessions, and what /proc says. Faults of terminals spare the serial line: the harness works over it. */
#include <linux/mm.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include "fault.h"

static bool is_pair(const struct tty_struct *tty) {
  return tty->driver->type == TTY_DRIVER_TYPE_PTY;
}

/* Of a function that gets the terminal first. */
static int do_nothing_to_pair(struct kprobe *probe, struct pt_regs *regs) {
  return is_pair((struct tty_struct *)regs->regs[0]) ? answer(regs, 0) : 0;
}

/* pty_write(tty, bytes, count): each twentieth piece is lost. */
static int lose_piece(struct kprobe *probe, struct pt_regs *regs) {
  static int pieces;
  return ++pieces % 20 ? 0 : answer(regs, regs->regs[2]);
}

/* tty_set_termios(tty, modes) */
static struct ktermios *new_modes(struct pt_regs *regs) {
  static struct ktermios unused;
  return is_pair((struct tty_struct *)regs->regs[0]) ? (struct ktermios *)regs->regs[1] : &unused;
}

static int stay_canonical(struct kprobe *probe, struct pt_regs *regs) {
  new_modes(regs)->c_lflag |= ICANON;
  return 0;
}

static int never_echo(struct kprobe *probe, struct pt_regs *regs) {
  new_modes(regs)->c_lflag &= ~ECHO;
  return 0;
}

static int no_erase_key(struct kprobe *probe, struct pt_regs *regs) {
  new_modes(regs)->c_cc[VERASE] = 0;
  return 0;
}

static int no_end_key(struct kprobe *probe, struct pt_regs *regs) {
  new_modes(regs)->c_cc[VEOF] = 0;
  return 0;
}

static int no_carriage_return(struct kprobe *probe, struct pt_regs *regs) {
  new_modes(regs)->c_oflag &= ~ONLCR;
  return 0;
}

/* isig(signal, tty) */
static int no_signals_of_keys(struct kprobe *probe, struct pt_regs *regs) {
  return is_pair((struct tty_struct *)regs->regs[1]) ? answer(regs, 0) : 0;
}

static int no_stop_by_key(struct kprobe *probe, struct pt_regs *regs) {
  return regs->regs[0] == SIGTSTP ? answer(regs, 0) : 0;
}

/* tty_jobctrl_ioctl(tty, other end, file, command, argument) */
static int foreground_stays(struct kprobe *probe, struct pt_regs *regs) {
  return regs->regs[3] == TIOCSPGRP && is_pair((struct tty_struct *)regs->regs[0]) ? answer(regs, 0) : 0;
}

/* show_vma_header_prefix(file, start, end, flags, ..) */
static int hide_exec(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[3] &= ~(u64)VM_EXEC;
  return 0;
}

/* __arm64_sys_kill(registers) */
static int lose_continue(struct kprobe *probe, struct pt_regs *regs) {
  return user_registers(regs)->regs[1] == SIGCONT ? answer(regs, 0) : 0;
}

const struct fault terminal_faults[] = {
  {"pair-loses-bytes", "pty_write", .enter = lose_piece},
  {"pair-number-used-up", "devpts_kill_index", .enter = answer_zero},
  {"pair-stays-canonical", "tty_set_termios", .enter = stay_canonical},
  {"pair-never-echoes", "tty_set_termios", .enter = never_echo},
  {"no-erase-key", "tty_set_termios", .enter = no_erase_key},
  {"no-end-key", "tty_set_termios", .enter = no_end_key},
  {"no-carriage-return", "tty_set_termios", .enter = no_carriage_return},
  {"keys-send-nothing", "isig", .enter = no_signals_of_keys},
  {"ctrl-z-nothing", "isig", .enter = no_stop_by_key},
  {"hang-up-unheard", "tty_signal_session_leader", .enter = answer_zero},
  {"new-session-keeps-terminal", "proc_clear_tty", .enter = answer_zero},
  {"foreground-stays", "tty_jobctrl_ioctl", .enter = foreground_stays},
  {"background-reads", "__tty_check_change", .enter = do_nothing_to_pair},
  {"continue-lost", "__arm64_sys_kill", .enter = lose_continue},
  {"pair-leaks", "ptmx_open", .enter = lose_sixteen_pages},
  {"resize-untold", "tty_do_resize", .enter = do_nothing_to_pair},
  {"maps-hide-exec", "show_vma_header_prefix", .enter = hide_exec},
  {"stat-without-name", "proc_task_name", .enter = answer_zero},
  {"mounts-empty", "show_vfsmnt", .enter = answer_zero},
  {"uptime-empty", "uptime_proc_show", .enter = answer_zero},
  {},
};
