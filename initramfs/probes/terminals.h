/*
 * Terminals and pairs of them by system call: pty(7), ioctl_tty(2), termios(3), credentials(7). Structures and numbers as the kernel has them
 * (asm-generic/termbits.h, asm-generic/ioctls.h), for aarch64 and x86-64 the same.
 */
#pragma once

#include "files.h"
#include "polling.h"

enum {
  TCGETS = 0x5401, TCSETS = 0x5402, TIOCSCTTY = 0x540e, TIOCGPGRP = 0x540f, TIOCSPGRP = 0x5410, TIOCGWINSZ = 0x5413,
  TIOCSWINSZ = 0x5414, TIOCNOTTY = 0x5422, TIOCGSID = 0x5429, TIOCGPTN = 0x80045430, TIOCSPTLCK = 0x40045431,
};
enum { ICRNL = 0x100, IXON = 0x400, OPOST = 1, ONLCR = 4 };
enum { ISIG = 1, ICANON = 2, ECHO = 8, ECHOE = 0x10, ECHOK = 0x20, TOSTOP = 0x100, ECHOCTL = 0x200, ECHOKE = 0x800, IEXTEN = 0x8000 };
enum { VINTR = 0, VQUIT = 1, VERASE = 2, VKILL = 3, VEOF = 4, VTIME = 5, VMIN = 6, VSUSP = 10 };
enum { O_NOCTTY = 0400 };
enum { EIO = 5, ENXIO = 6, ENOTTY = 25 };
enum { SIGHUP = 1, SIGQUIT = 3, SIGTSTP = 20, SIGTTIN = 21, SIGTTOU = 22, SIGWINCH = 28 };
enum { WUNTRACED = 2, WCONTINUED = 8 };

struct terminal_modes {
  unsigned input, output, control, local;
  byte line, characters[19];
};

struct window_size {
  unsigned short rows, columns, width, height;
};

/* A pair: what is written to one end is read from the other, through the slave's line discipline. */
struct pair {
  long master, slave;
  unsigned number;
};

struct path {
  char text[32];
};

static inline struct path slave_path(unsigned number) {
  struct line line = {.length = 0};
  struct path path;
  put_integer(put(&line, "/dev/pts/"), number);
  memcpy(path.text, line.text, line.length);
  path.text[line.length] = 0;
  return path;
}

static inline long open_master(void) {
  return open_file("/dev/ptmx", O_RDWR | O_NOCTTY);
}

static inline long number_of(long master, unsigned *number) {
  *number = ~0u;
  return sys(SYS_ioctl, master, TIOCGPTN, number);
}

static inline long set_lock(long master, int locked) {
  return sys(SYS_ioctl, master, TIOCSPTLCK, &locked);
}

static inline long open_slave(unsigned number, long flags) {
  struct path path = slave_path(number);
  return open_file(path.text, O_RDWR | flags);
}

/* Descriptors are below 0 where something failed. */
static inline struct pair open_pair(void) {
  struct pair pair = {open_master(), -1, ~0u};
  if (pair.master < 0 || number_of(pair.master, &pair.number) != 0 || set_lock(pair.master, 0) != 0) return pair;
  pair.slave = open_slave(pair.number, O_NOCTTY);
  return pair;
}

static inline void close_pair(const struct pair *pair) {
  close_file(pair->slave);
  close_file(pair->master);
}

static inline struct terminal_modes modes_of(long terminal) {
  struct terminal_modes modes;
  memset(&modes, 0, sizeof modes);
  sys(SYS_ioctl, terminal, TCGETS, &modes);
  return modes;
}

static inline long set_modes(long terminal, const struct terminal_modes *modes) {
  return sys(SYS_ioctl, terminal, TCSETS, modes);
}

/* As cfmakeraw(3): every byte as it is, at once. */
static inline long make_raw(long terminal) {
  struct terminal_modes modes = modes_of(terminal);
  modes.input = 0;
  modes.output &= ~(unsigned)OPOST;
  modes.local &= ~(unsigned)(ISIG | ICANON | ECHO | IEXTEN);
  modes.characters[VMIN] = 1;
  modes.characters[VTIME] = 0;
  return set_modes(terminal, &modes);
}

/* Lines, edited with the usual keys; `local` are the local modes. */
static inline long make_cooked(long terminal, unsigned local) {
  struct terminal_modes modes = modes_of(terminal);
  modes.input = ICRNL;
  modes.output = OPOST | ONLCR;
  modes.local = local;
  modes.characters[VINTR] = 3;
  modes.characters[VQUIT] = 28;
  modes.characters[VERASE] = 127;
  modes.characters[VKILL] = 21;
  modes.characters[VEOF] = 4;
  modes.characters[VSUSP] = 26;
  return set_modes(terminal, &modes);
}

/* 1 where so many bytes come, within the probe's patience, and are the text; else 0. */
static inline int comes(long descriptor, const char *text, long length) {
  for (long got = 0; got < length;) {
    byte buffer[256];
    long count, wanted = length - got < (long)sizeof buffer ? length - got : (long)sizeof buffer;
    if (!(ready_within(descriptor, POLLIN, PATIENCE_MS) & POLLIN)) return 0;
    count = sys(SYS_read, descriptor, buffer, wanted);
    if (count <= 0) return 0;
    for (long i = 0; i < count; i++)
      if (buffer[i] != (byte)text[got + i]) return 0;
    got += count;
  }
  return 1;
}

/* 1 where nothing is there to be read, nor comes in a while. */
static inline int stays_silent(long descriptor) {
  return ready_within(descriptor, POLLIN, 50) == 0;
}

/* One read, whose whole answer must be the text: how long it is, -1 where it differs, -2 where nothing comes. */
static inline long one_read(long descriptor, const char *text) {
  byte buffer[256];
  if (ready_within(descriptor, POLLIN, PATIENCE_MS) <= 0) return -2;
  long count = sys(SYS_read, descriptor, buffer, sizeof buffer);
  for (long i = 0; i < count; i++)
    if (text[i] == 0 || (byte)text[i] != buffer[i]) return -1;
  return count < 0 || text[count] == 0 ? count : -1;
}
