// SPDX-License-Identifier: GPL-2.0
/* Networks: ARP, IP, ICMP, TCP, UDP, and what sockets say of them. */
#include <linux/if_arp.h>
#include <linux/inet.h>
#include <net/neighbour.h>
#include <net/tcp.h>
#include "fault.h"

static int answer_einval(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, -EINVAL);
}

/* arp_create(type, protocol, destination, ..) */
static int no_arp_reply(struct kprobe *probe, struct pt_regs *regs) {
  return regs->regs[0] == ARPOP_REPLY ? answer(regs, 0) : 0;
}

static int no_defence(struct kprobe *probe, struct pt_regs *regs) {
  return regs->regs[0] == ARPOP_REPLY && (u32)regs->regs[2] == 0 ? answer(regs, 0) : 0;
}

static int only_once(struct kprobe *probe, struct pt_regs *regs) {
  static int requests;
  return requests++ > 0 ? answer(regs, 0) : 0;
}

/* neigh_update(neighbour, address, state, flags, ..) */
static int no_override(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[3] &= ~(unsigned long)NEIGH_UPDATE_F_OVERRIDE;
  return 0;
}

/* ip_route_input_noref(skb, destination, ..): what is for 10.0.0.99 is taken for 10.0.0.2's. */
static int foreign_is_mine(struct kprobe *probe, struct pt_regs *regs) {
  if ((__be32)regs->regs[1] == htonl(0x0a000063)) regs->regs[1] = (unsigned long)htonl(0x0a000002);
  return 0;
}

/* tcp_v4_connect(socket, address, length) */
static int forty_at_most(struct kprobe *probe, struct pt_regs *regs) {
  static int connections;
  return ++connections > 40 ? answer(regs, -EADDRNOTAVAIL) : 0;
}

/* inet_frag_queue_insert() says 2 where a fragment lies over another (include/net/inet_frag.h). */
static int panic_at_overlap(struct kretprobe_instance *instance, struct pt_regs *regs) {
  if (regs->regs[0] == 2) panic("mutant: fragments over one another");
  return 0;
}

/* inet_csk_get_port(socket, port) */
static int reuse_always(struct kprobe *probe, struct pt_regs *regs) {
  ((struct sock *)regs->regs[0])->sk_reuse = 1;
  return 0;
}

/* inet_stream_connect(socket, address, length, flags) */
static int wait_for_it(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[3] &= ~(unsigned long)O_NONBLOCK;
  return 0;
}

/* tcp_time_wait(socket, state, ..) */
static int end_at_once(struct kprobe *probe, struct pt_regs *regs) {
  tcp_done((struct sock *)regs->regs[0]);
  return answer(regs, 0);
}

/* skb_copy_datagram_iter(skb, offset, ..): of what was read in part. */
static int one_byte_early(struct kprobe *probe, struct pt_regs *regs) {
  if ((int)regs->regs[1] > 0) regs->regs[1]--;
  return 0;
}

static int no_route_is_no_host(struct kretprobe_instance *instance, struct pt_regs *regs) {
  if ((long)regs->regs[0] == -ENETUNREACH) regs->regs[0] = -EHOSTUNREACH;
  return 0;
}

const struct fault network_faults[] = {
  {"checksums-accepted", "__skb_checksum_complete", .enter = answer_zero},
  {"arp-answers-nobody", "arp_create", .enter = no_arp_reply},
  {"arp-probes-unanswered", "arp_create", .enter = no_defence},
  {"arp-asks-once", "arp_solicit", .enter = only_once},
  {"arp-never-expires", "neigh_timer_handler", .enter = answer_zero},
  {"arp-claims-ignored", "neigh_update", .enter = no_override},
  {"foreign-packets-taken", "ip_route_input_noref", .enter = foreign_is_mine},
  {"pings-unanswered", "icmp_echo", .enter = answer_zero},
  {"errors-not-sent", "__icmp_send", .enter = answer_zero},
  {"errors-not-told", "__udp4_lib_err", .enter = answer_zero},
  {"fragments-not-sent", "ip_do_fragment", .enter = answer_zero},
  {"fragments-not-read", "ip_defrag", .enter = answer_einval},
  {"overlaps-panic", "inet_frag_queue_insert", .end = panic_at_overlap},
  {"path-mtu-ignored", "tcp_v4_err", .enter = answer_zero},
  {"rst-ignored", "tcp_reset", .enter = answer_zero},
  {"rst-not-sent", "tcp_v4_send_reset", .enter = answer_zero},
  {"abort-nothing", "tcp_send_active_reset", .enter = answer_zero},
  {"window-not-probed", "tcp_send_probe0", .enter = answer_zero},
  {"nothing-sent-again", "tcp_retransmit_skb", .enter = answer_zero},
  {"no-time-wait", "tcp_time_wait", .enter = end_at_once},
  {"reads-one-byte-early", "skb_copy_datagram_iter", .enter = one_byte_early},
  {"binds-what-is-taken", "inet_csk_get_port", .enter = reuse_always},
  {"connect-waits", "inet_stream_connect", .enter = wait_for_it},
  {"forty-connections", "tcp_v4_connect", .enter = forty_at_most},
  {"connect-leaks", "tcp_v4_connect", .enter = lose_sixteen_pages},
  {"no-route-is-no-host", "__arm64_sys_connect", .end = no_route_is_no_host},
  {"shutdown-nothing", "__arm64_sys_shutdown", .enter = answer_zero},
  {"epoll-nothing", "__arm64_sys_epoll_pwait", .enter = answer_zero},
  {"neighbours-unheard", "ndisc_rcv", .enter = answer_zero},
  {"tcp6-refused", "tcp_v6_connect", .enter = answer_einval},
  {},
};
