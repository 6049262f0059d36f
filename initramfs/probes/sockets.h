/*
 * Sockets over IPv4 by system call (socket(2), ip(7), tcp(7), udp(7), epoll(7)); arguments that are addresses and numbers.
 */
#pragma once

#include "files.h"
#include "polling.h"
#include "start-state.h"

#if defined(__aarch64__)
enum {
  SYS_epoll_create1 = 20, SYS_epoll_ctl = 21, SYS_epoll_pwait = 22, SYS_socket = 198, SYS_bind = 200, SYS_listen = 201, SYS_accept = 202,
  SYS_connect = 203, SYS_getsockname = 204, SYS_getpeername = 205, SYS_sendto = 206, SYS_recvfrom = 207, SYS_setsockopt = 208,
  SYS_getsockopt = 209, SYS_shutdown = 210,
};
#else
enum {
  SYS_socket = 41, SYS_connect = 42, SYS_accept = 43, SYS_sendto = 44, SYS_recvfrom = 45, SYS_shutdown = 48, SYS_bind = 49, SYS_listen = 50,
  SYS_getsockname = 51, SYS_getpeername = 52, SYS_setsockopt = 54, SYS_getsockopt = 55, SYS_epoll_ctl = 233, SYS_epoll_pwait = 281,
  SYS_epoll_create1 = 291,
};
#endif
enum { AF_INET = 2, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_NONBLOCK = 04000, SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_ERROR = 4, SO_LINGER = 13 };
enum { SHUT_WR = 1, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000 };
enum { EINPROGRESS = 115, ECONNREFUSED = 111, ECONNRESET = 104, EADDRINUSE = 98, EHOSTUNREACH = 113, EISCONN = 106 };

/* struct sockaddr_in; port and address in network byte order. */
struct address {
  unsigned short family, port;
  unsigned ip;
  byte zero[8];
};

static inline unsigned short network_order(unsigned port) {
  return (unsigned short)(port >> 8 | (port & 255) << 8);
}

static inline struct address address_of(unsigned ip, unsigned port) {
  return (struct address){AF_INET, network_order(port), ip, {0}};
}

/* "10.0.0.1" as it lies in memory. */
static inline unsigned parse_ip(const char *text) {
  unsigned ip = 0, part = 0;
  int shift = 0;
  for (; *text != 0; text++) {
    if (*text != '.') part = 10 * part + (unsigned)(*text - '0');
    else {
      ip |= part << shift;
      shift += 8;
      part = 0;
    }
  }
  return ip | part << shift;
}

static inline long parse_number(const char *text) {
  long value = 0;
  while (*text >= '0' && *text <= '9') value = 10 * value + *text++ - '0';
  return value;
}

/* Of the program, from 1; empty where there is none. */
static inline const char *argument(long number) {
  return (unsigned long)number < (unsigned long)start_stack[0] ? start_arguments()[number] : "";
}

static inline long make_socket(int type) {
  return sys(SYS_socket, AF_INET, type, 0);
}

static inline long connect_to(long socket, unsigned ip, unsigned port) {
  struct address address = address_of(ip, port);
  return sys(SYS_connect, socket, &address, sizeof address);
}

static inline long bind_to(long socket, unsigned ip, unsigned port) {
  struct address address = address_of(ip, port);
  return sys(SYS_bind, socket, &address, sizeof address);
}

static inline long set_option(long socket, int option, int value) {
  return sys(SYS_setsockopt, socket, SOL_SOCKET, option, &value, sizeof value);
}

/* What lies behind a connection that was not waited for. */
static inline long error_of(long socket) {
  int error = -1, length = sizeof error;
  long answer = sys(SYS_getsockopt, socket, SOL_SOCKET, SO_ERROR, &error, &length);
  return answer == 0 ? error : answer;
}

/* When it is closed, the other side gets RST. */
static inline long reset_on_close(long socket) {
  int linger[2] = {1, 0};
  return sys(SYS_setsockopt, socket, SOL_SOCKET, SO_LINGER, linger, sizeof linger);
}

/* A listening socket on all addresses, or an error. */
static inline long listen_on(unsigned port, int backlog) {
  long socket = make_socket(SOCK_STREAM);
  if (socket < 0) return socket;
  set_option(socket, SO_REUSEADDR, 1);
  long error = bind_to(socket, 0, port);
  if (error == 0) error = sys(SYS_listen, socket, backlog);
  if (error == 0) return socket;
  close_file(socket);
  return error;
}

/* A connected stream, or an error. */
static inline long connected_to(unsigned ip, unsigned port) {
  long socket = make_socket(SOCK_STREAM);
  if (socket < 0) return socket;
  long error = connect_to(socket, ip, port);
  if (error == 0) return socket;
  close_file(socket);
  return error;
}

/* All of it, or how much went, or an error. No SIGPIPE. */
static inline long send_all(long socket, const void *bytes, long length) {
  long done = 0;
  while (done < length) {
    long count = sys(SYS_sendto, socket, (const byte *)bytes + done, length - done, MSG_NOSIGNAL, 0, 0);
    if (count < 0) return count;
    done += count;
  }
  return done;
}

/* Until so much came, or the end: how much, an error, or -EAGAIN where nothing came for the patience's time. */
static inline long receive_all(long socket, void *bytes, long length) {
  long done = 0;
  while (done < length) {
    if (ready_within(socket, POLLIN, PATIENCE_MS) <= 0) return -EAGAIN;
    long count = sys(SYS_recvfrom, socket, (byte *)bytes + done, length - done, 0, 0, 0);
    if (count < 0) return count;
    if (count == 0) return done;
    done += count;
  }
  return done;
}
