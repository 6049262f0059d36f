/*
 * Proves: many connections at once, each with bytes of its own, and many one after the other.
 * Usage: c-many IP PORT CONNECTIONS ROUNDS, where c-server listens.
 * Spec: phases.md C (64 connections at once; 1,000 one after another leak nothing); tcp(7).
 * System calls: socket, connect, sendto, recvfrom, ppoll, close.
 */
#include "sockets.h"

enum { MOST = 128, LENGTH = 1000 };

static long connections[MOST];
static byte sent[LENGTH], got[LENGTH];

static void fill(long number) {
  for (long i = 0; i < LENGTH; i++) sent[i] = (byte)(i * (2 * number + 1) + number);
}

/* How many gave back what they got. */
static long round_of(unsigned ip, unsigned port, long count, long *opened) {
  long right = 0;
  for (long i = 0; i < count; i++) *opened += (connections[i] = connected_to(ip, port)) >= 0;
  for (long i = 0; i < count; i++) {
    fill(i);
    if (connections[i] >= 0) send_all(connections[i], sent, LENGTH);
  }
  /* The last first: none waits for another. */
  for (long i = count - 1; i >= 0; i--) {
    if (connections[i] < 0) continue;
    fill(i);
    long same = receive_all(connections[i], got, LENGTH) == LENGTH;
    for (long at = 0; same && at < LENGTH; at++) same = got[at] == sent[at];
    right += same;
  }
  for (long i = 0; i < count; i++)
    if (connections[i] >= 0) close_file(connections[i]);
  return right;
}

PROBE("c-many") {
  unsigned ip = parse_ip(argument(1)), port = (unsigned)parse_number(argument(2));
  long count = parse_number(argument(3)), rounds = parse_number(argument(4)), opened = 0, right = 0;
  if (count > MOST) count = MOST;
  for (long i = 0; i < rounds; i++) right += round_of(ip, port, count, &opened);
  expect_equal("c.many.opened", opened, count * rounds);
  expect_equal("c.many.echoed", right, count * rounds);
}
