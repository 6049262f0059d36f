/*
 * Proves: the address of a connection that was ended here stays taken for a time (TIME_WAIT), but for who says SO_REUSEADDR.
 * Usage: c-reuse PORT.
 * Spec: phases.md C (TIME_WAIT and SO_REUSEADDR); RFC 9293, 3.6.1; socket(7).
 * System calls: socket, bind, listen, accept, connect, setsockopt, recvfrom, close.
 */
#include "sockets.h"

static unsigned local, port;

/* What bind says to a new socket, which is then closed. */
static long bind_anew(int reuse) {
  long socket = make_socket(SOCK_STREAM);
  set_option(socket, SO_REUSEADDR, reuse);
  long error = bind_to(socket, local, port);
  close_file(socket);
  return error;
}

PROBE("c-reuse") {
  byte one;
  local = parse_ip("127.0.0.1");
  port = (unsigned)parse_number(argument(1));
  expect_equal("c.reuse.free", bind_anew(0), 0);
  long listener = listen_on(port, 4);
  expect_true("c.reuse.listens", listener >= 0, "a socket", listener);
  expect_equal("c.reuse.taken", bind_anew(0), -EADDRINUSE);
  expect_equal("c.reuse.taken-by-listener", bind_anew(1), -EADDRINUSE);
  long client = connected_to(local, port), server = sys(SYS_accept, listener, 0, 0);
  /* Who ends first waits. */
  close_file(server);
  expect_equal("c.reuse.end", sys(SYS_recvfrom, client, &one, 1, 0, 0, 0), 0);
  close_file(client);
  close_file(listener);
  expect_equal("c.reuse.waits", bind_anew(0), -EADDRINUSE);
  expect_equal("c.reuse.reused", bind_anew(1), 0);
  listener = listen_on(port, 4);
  expect_true("c.reuse.listens-again", listener >= 0, "a socket", listener);
  client = connected_to(local, port);
  expect_true("c.reuse.connects-again", client >= 0, "a connection", client);
  close_file(client);
  close_file(listener);
}
