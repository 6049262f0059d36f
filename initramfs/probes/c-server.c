/*
 * No judge, but whom c-client talks to, on the other machine or on the same: services on ports behind the one that its argument names.
 *   +0 TCP echo: sends back what it gets, and ends when the other side has ended
 *   +1 UDP echo
 *   +2 TCP reset: takes a connection, reads a byte, and resets it
 *   +3 TCP source: sends as many bytes as eight digits say, number by number, and ends
 *   +4 TCP half-close: sends "done" and ends its half at once, then counts what it gets until the other half ends, and tells it to +5
 *   +5 TCP counts: tells the last count of +4 in ten digits, and ends
 *   +6 TCP stuck: takes a connection and reads nothing for a second, then all
 * Usage: c-server PORT. It says "SERVING" once it listens, and ends by a signal.
 * Spec: phases.md C (UDP and TCP echo, as server; RST, half-close); tcp(7), udp(7).
 */
#include "sockets.h"

enum { ECHO, UDP_ECHO, RESET, SOURCE, HALF_CLOSE, COUNTS, STUCK, SERVICES };
enum { MOST_CONNECTIONS = 128, CHUNK = 16384 };

static long last_count;
static byte bytes[CHUNK];

static void echo(long connection) {
  long count;
  while ((count = sys(SYS_recvfrom, connection, bytes, CHUNK, 0, 0, 0)) > 0)
    if (send_all(connection, bytes, count) != count) return;
}

static void reset(long connection) {
  receive_all(connection, bytes, 1);
  reset_on_close(connection);
}

static void source(long connection) {
  char digits[9] = {0};
  if (receive_all(connection, digits, 8) != 8) return;
  long left = parse_number(digits), next = 0;
  while (left > 0) {
    long count = left < CHUNK ? left : CHUNK;
    for (long i = 0; i < count; i++) bytes[i] = (byte)(next++ * 7 >> 3);
    if (send_all(connection, bytes, count) != count) return;
    left -= count;
  }
}

static void half_close(long connection) {
  long count;
  last_count = 0;
  send_all(connection, "done", 4);
  sys(SYS_shutdown, connection, SHUT_WR);
  while ((count = sys(SYS_recvfrom, connection, bytes, CHUNK, 0, 0, 0)) > 0) last_count += count;
}

static void tell_count(long connection) {
  char digits[10];
  long rest = last_count;
  for (int i = 9; i >= 0; i--, rest /= 10) digits[i] = (char)('0' + rest % 10);
  send_all(connection, digits, sizeof digits);
}

static void stuck(long connection) {
  sleep_ms(1000);
  while (sys(SYS_recvfrom, connection, bytes, CHUNK, 0, 0, 0) > 0) {}
}

static void (*const services[SERVICES])(long) = {[ECHO] = echo, [RESET] = reset, [SOURCE] = source, [STUCK] = stuck};

/* Those that keep a count are served by the server itself, the rest by children. */
static void serve(int service, long listener) {
  long connection = sys(SYS_accept, listener, 0, 0);
  if (connection < 0) return;
  if (service == HALF_CLOSE) half_close(connection);
  else if (service == COUNTS) tell_count(connection);
  else if (fork_child() == 0) {
    services[service](connection);
    close_file(connection);
    sys(SYS_exit_group, 0);
  }
  close_file(connection);
}

static void echo_datagram(long socket) {
  struct address from;
  int length = sizeof from;
  long count = sys(SYS_recvfrom, socket, bytes, CHUNK, 0, &from, &length);
  if (count >= 0) sys(SYS_sendto, socket, bytes, count, 0, &from, length);
}

PROBE("c-server") {
  static struct polled polled[SERVICES];
  long port = parse_number(argument(1));
  set_action(SIGCHLD, IGNORED, SA_NOCLDWAIT, 0);
  for (int i = 0; i < SERVICES; i++) {
    long socket = i == UDP_ECHO ? make_socket(SOCK_DGRAM) : listen_on((unsigned)(port + i), MOST_CONNECTIONS);
    long bound = i == UDP_ECHO && socket >= 0 ? bind_to(socket, 0, (unsigned)(port + i)) : 0;
    if (socket < 0 || bound < 0) {
      expect_equal("c.server.listens", socket < 0 ? socket : bound, 0);
      return;
    }
    polled[i] = (struct polled){(int)socket, POLLIN, 0};
  }
  say("SERVING");
  for (;;) {
    if (poll_for(polled, SERVICES, -1) < 0) continue;
    for (int i = 0; i < SERVICES; i++) {
      if ((polled[i].ready & POLLIN) == 0) continue;
      if (i == UDP_ECHO) echo_datagram(polled[i].descriptor);
      else serve(i, polled[i].descriptor);
    }
  }
}
