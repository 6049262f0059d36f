/*
 * Proves: what can't be reached is told to who sends: where nobody answers for an address, and where no route leads to it.
 * Usage: c-unreachable NEIGHBOUR FAR, two addresses: one on the machine's own network that nobody has, one beyond without a route.
 * Spec: phases.md C (unreachable); connect(2), udp(7), ip(7).
 * System calls: socket, connect, sendto, ppoll, getsockopt, close.
 */
#include "sockets.h"

enum { ENETUNREACH = 101 };

PROBE("c-unreachable") {
  unsigned neighbour = parse_ip(argument(1)), far = parse_ip(argument(2));
  expect_equal("c.unreachable.stream", connected_to(neighbour, 80), -EHOSTUNREACH);
  long later = make_socket(SOCK_STREAM | SOCK_NONBLOCK);
  expect_equal("c.unreachable.begun", connect_to(later, neighbour, 81), -EINPROGRESS);
  expect_true("c.unreachable.ready", (ready_within(later, POLLOUT, PATIENCE_MS) & (POLLERR | POLLHUP)) != 0, "POLLERR or POLLHUP", 0);
  expect_equal("c.unreachable.error", error_of(later), EHOSTUNREACH);
  close_file(later);
  expect_equal("c.unreachable.no-route", connected_to(far, 80), -ENETUNREACH);
  long datagrams = make_socket(SOCK_DGRAM);
  struct address to = address_of(far, 53);
  expect_equal("c.unreachable.no-route-datagram", sys(SYS_sendto, datagrams, "x", 1, 0, &to, sizeof to), -ENETUNREACH);
  close_file(datagrams);
}
