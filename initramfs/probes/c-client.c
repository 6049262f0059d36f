/*
 * Proves: streams and datagrams to another machine: echo, ends, half-closed connections, refusals and resets, connecting, sending and accepting
 * without waiting, and what poll and epoll say of all this.
 * Usage: c-client IP PORT, where c-server listens.
 * Spec: phases.md C (UDP and TCP echo, as client; non-blocking connect, send, receive; poll/epoll readiness; RST, refused, half-close); tcp(7),
 * udp(7), connect(2), shutdown(2), epoll(7).
 * System calls: socket, connect, bind, sendto, recvfrom, shutdown, setsockopt, getsockopt, getsockname, getpeername, ppoll, epoll_create1, epoll_ctl,
 * epoll_pwait, close, clock_gettime, nanosleep.
 */
#include "sockets.h"

enum { ECHO, UDP_ECHO, RESET, SOURCE, HALF_CLOSE, COUNTS, STUCK, NOBODY = 90 };
enum { EPOLL_CTL_ADD = 1, LARGE = 256 * 1024 };

/* On x86-64 without a gap (epoll_ctl(2)). */
struct epoll_event {
  unsigned events;
  unsigned long data;
}
#if defined(__x86_64__)
__attribute__((packed))
#endif
;

static unsigned ip;
static long port;
static byte sent[LARGE], got[LARGE];

static int is_same(long length) {
  for (long i = 0; i < length; i++)
    if (sent[i] != got[i]) return 0;
  return 1;
}

static void echoes(void) {
  long connection = connected_to(ip, (unsigned)(port + ECHO));
  expect_true("c.client.connects", connection >= 0, "a connection", connection);
  expect_equal("c.client.echo-sent", send_all(connection, sent, 1000), 1000);
  expect_equal("c.client.echo-received", receive_all(connection, got, 1000), 1000);
  expect_true("c.client.echo-same", is_same(1000), "the same bytes", got[0]);
  struct address own = {0}, other = {0};
  int length = sizeof own;
  sys(SYS_getsockname, connection, &own, &length);
  length = sizeof other;
  sys(SYS_getpeername, connection, &other, &length);
  expect_true("c.client.names", own.ip != 0 && own.port != 0 && other.ip == ip && other.port == network_order((unsigned)(port + ECHO)), "own and other's address", other.port);
  sys(SYS_shutdown, connection, SHUT_WR);
  expect_equal("c.client.end", receive_all(connection, got, 1), 0);
  close_file(connection);
}

static void datagrams(void) {
  long socket = make_socket(SOCK_DGRAM);
  struct address to = address_of(ip, (unsigned)(port + UDP_ECHO)), from = {0};
  static const long lengths[] = {0, 1, 100, 1472, 4000};
  long right = 0;
  for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    int length = sizeof from;
    sys(SYS_sendto, socket, sent, lengths[i], 0, &to, sizeof to);
    if (ready_within(socket, POLLIN, PATIENCE_MS) <= 0) continue;
    long count = sys(SYS_recvfrom, socket, got, LARGE, 0, &from, &length);
    right += count == lengths[i] && is_same(count) && from.ip == ip && from.port == to.port;
  }
  expect_equal("c.client.datagrams", right, sizeof lengths / sizeof *lengths);
  /* Where the other machine has nobody, it says so: to a socket that is connected. */
  connect_to(socket, ip, (unsigned)(port + NOBODY));
  sys(SYS_sendto, socket, sent, 10, 0, 0, 0);
  long ready_for = ready_within(socket, POLLIN, PATIENCE_MS);
  expect_true("c.client.datagram-error-ready", ready_for > 0 && (ready_for & POLLERR), "POLLERR", ready_for);
  expect_equal("c.client.datagram-refused", sys(SYS_recvfrom, socket, got, LARGE, MSG_DONTWAIT, 0, 0), -ECONNREFUSED);
  close_file(socket);
}

static void refusals(void) {
  expect_equal("c.client.refused", connected_to(ip, (unsigned)(port + NOBODY)), -ECONNREFUSED);
  long socket = make_socket(SOCK_STREAM | SOCK_NONBLOCK);
  long started = connect_to(socket, ip, (unsigned)(port + NOBODY));
  long ready_for = started == -EINPROGRESS ? ready_within(socket, POLLOUT, PATIENCE_MS) : POLLERR;
  expect_true("c.client.refused-ready", ready_for > 0 && (ready_for & (POLLERR | POLLHUP)), "POLLERR or POLLHUP", ready_for);
  expect_equal("c.client.refused-later", started == -EINPROGRESS ? error_of(socket) : -started, ECONNREFUSED);
  close_file(socket);
  long connection = connected_to(ip, (unsigned)(port + RESET));
  send_all(connection, "x", 1);
  expect_true("c.client.reset-ready", ready_within(connection, POLLIN, PATIENCE_MS) > 0, "ready", 0);
  expect_equal("c.client.reset", sys(SYS_recvfrom, connection, got, 1, 0, 0, 0), -ECONNRESET);
  expect_equal("c.client.reset-over", sys(SYS_sendto, connection, sent, 1, MSG_NOSIGNAL, 0, 0), -EPIPE);
  close_file(connection);
}

static void without_waiting(void) {
  long socket = make_socket(SOCK_STREAM | SOCK_NONBLOCK);
  expect_equal("c.client.not-connected", sys(SYS_sendto, socket, sent, 1, MSG_NOSIGNAL, 0, 0) < 0, 1);
  long started = connect_to(socket, ip, (unsigned)(port + ECHO));
  /* The other machine has not answered yet. */
  expect_equal("c.client.in-progress", started, -EINPROGRESS);
  expect_true("c.client.writable", (ready_within(socket, POLLOUT, PATIENCE_MS) & (POLLOUT | POLLERR)) == POLLOUT, "POLLOUT", 0);
  expect_equal("c.client.no-error", error_of(socket), 0);
  /* The first call after it may tell of the success. */
  connect_to(socket, ip, (unsigned)(port + ECHO));
  expect_equal("c.client.connected-already", connect_to(socket, ip, (unsigned)(port + ECHO)), -EISCONN);
  expect_equal("c.client.nothing-yet", sys(SYS_recvfrom, socket, got, 1, 0, 0, 0), -EAGAIN);
  expect_equal("c.client.not-readable", ready(socket, POLLIN), 0);
  struct epoll_event event = {POLLIN, 7};
  long epoll = sys(SYS_epoll_create1, 0);
  expect_equal("c.client.epoll-added", sys(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, socket, &event), 0);
  expect_equal("c.client.epoll-nothing", sys(SYS_epoll_pwait, epoll, &event, 1, 0, 0, MASK_BYTES), 0);
  sys(SYS_sendto, socket, sent, 100, 0, 0, 0);
  expect_equal("c.client.epoll-ready", sys(SYS_epoll_pwait, epoll, &event, 1, PATIENCE_MS, 0, MASK_BYTES), 1);
  close_file(epoll);
  expect_equal("c.client.received", receive_all(socket, got, 100), 100);
  close_file(socket);
}

static void half_closed(void) {
  long connection = connected_to(ip, (unsigned)(port + HALF_CLOSE));
  expect_equal("c.client.half-last", receive_all(connection, got, 4), 4);
  expect_equal("c.client.half-end", receive_all(connection, got, 1), 0);
  expect_equal("c.client.half-sent", send_all(connection, sent, LARGE), LARGE);
  sys(SYS_shutdown, connection, SHUT_WR);
  expect_equal("c.client.half-over", sys(SYS_sendto, connection, sent, 1, MSG_NOSIGNAL, 0, 0), -EPIPE);
  /* The server takes one of the two at a time. */
  long counts = connected_to(ip, (unsigned)(port + COUNTS));
  char digits[11] = {0};
  expect_equal("c.client.half-told", receive_all(counts, digits, 10), 10);
  expect_equal("c.client.half-counted", parse_number(digits), LARGE);
  close_file(counts);
  close_file(connection);
}

/* More than the sender's and the receiver's buffers hold: the other side reads nothing for a second. */
static void back_pressure(void) {
  enum { MOST = 64 * 1024 * 1024 };
  long connection = connected_to(ip, (unsigned)(port + STUCK)), total = 0, count;
  long writable = POLLOUT;
  /* A kernel may find more room while it sends: then there is more to fill. */
  for (int tries = 0; tries < 100 && writable != 0; tries++) {
    while (total < MOST && (count = sys(SYS_sendto, connection, sent, LARGE, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0)) > 0) total += count;
    writable = ready(connection, POLLOUT);
  }
  expect_equal("c.client.full", count, -EAGAIN);
  expect_equal("c.client.full-not-writable", writable, 0);
  expect_true("c.client.full-goes-on", (ready_within(connection, POLLOUT, PATIENCE_MS) & (POLLOUT | POLLERR)) == POLLOUT, "POLLOUT", 0);
  expect_equal("c.client.full-sends-on", send_all(connection, sent, LARGE), LARGE);
  sys(SYS_shutdown, connection, SHUT_WR);
  expect_equal("c.client.full-end", receive_all(connection, got, 1), 0);
  close_file(connection);
}

/* Over the machine's own address: who connects is the probe itself. */
static void accepts(void) {
  long listener = make_socket(SOCK_STREAM | SOCK_NONBLOCK);
  expect_equal("c.client.accept-listens", bind_to(listener, 0, 0) | sys(SYS_listen, listener, 4), 0);
  expect_equal("c.client.accept-nobody", sys(SYS_accept, listener, 0, 0), -EAGAIN);
  expect_equal("c.client.accept-not-ready", ready(listener, POLLIN), 0);
  struct address own = {0};
  int length = sizeof own;
  sys(SYS_getsockname, listener, &own, &length);
  long one = connected_to(parse_ip("127.0.0.1"), own.port >> 8 | (own.port & 255) << 8);
  expect_equal("c.client.accept-ready", ready_within(listener, POLLIN, PATIENCE_MS), POLLIN);
  long other = sys(SYS_accept, listener, 0, 0);
  expect_true("c.client.accepted", other >= 0, "a connection", other);
  send_all(one, sent, 100);
  expect_equal("c.client.accepted-receives", receive_all(other, got, 100), 100);
  close_file(one);
  expect_equal("c.client.accepted-end", receive_all(other, got, 1), 0);
  close_file(other);
  close_file(listener);
}

PROBE("c-client") {
  ip = parse_ip(argument(1));
  port = parse_number(argument(2));
  for (long i = 0; i < LARGE; i++) sent[i] = (byte)(i * 31 >> 4);
  echoes();
  datagrams();
  refusals();
  without_waiting();
  half_closed();
  back_pressure();
  accepts();
}
