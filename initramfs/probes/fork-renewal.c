/*
 * No probe, but what a shell waits in while its machine is frozen: each fork then gets a random pool and a clock of its own
 * before anything else runs in it.
 *
 * Usage: fork-renewal NONCE SEQUENCE. It says that it waits by a `ready` frame of the shell's session (src/harness/shell/frames.ts)
 * with number 1, and reads a line: 64 hexadecimal digits of seed, 16 of nanoseconds since the epoch, 8 of check (the sum of the
 * characters before). A line that came damaged is asked for again, with the next number. Exit status 0 once all is renewed.
 * Spec: random(4) (RNDADDENTROPY, RNDRESEEDCRNG; a mere write to /dev/urandom does not reseed), clock_settime(2), termios(3).
 * System calls: ioctl, openat, read, write, clock_settime.
 */
#include "arch.h"

typedef unsigned char byte;

enum { TCGETS = 0x5401, TCSETS = 0x5402, ECHO = 010, CLOCK_REALTIME = 0, O_RDWR = 2, AT_FDCWD = -100 };
#define RNDADDENTROPY 0x40085203
#define RNDRESEEDCRNG 0x5207
enum { READY = 6, SEED_BYTES = 32, SEED = 2 * SEED_BYTES, TIME = SEED + 16, LINE = TIME + 8 };
#if defined(__aarch64__)
enum { SYS_clock_settime = 112 };
#else
enum { SYS_clock_settime = 227 };
#endif

struct termios { /* the kernel's, asm-generic/termbits.h */
  unsigned input, output, control, local;
  byte line, characters[19];
};

/* The compiler may call it even in a freestanding program. */
__attribute__((used)) void *memcpy(void *to, const void *from, unsigned long length) {
  for (volatile byte *p = to; length > 0; length--) *p++ = *(const byte *)from, from = (const byte *)from + 1;
  return to;
}

static char text[200];
static long length;

static void put(const char *from) {
  while (*from != 0 && length < (long)sizeof text) text[length++] = *from++;
}

static void put_number(unsigned long value) {
  if (value > 9) put_number(value / 10);
  put((char[]){(char)('0' + value % 10), 0});
}

static void flush(void) {
  sys(SYS_write, 1, text, length);
  length = 0;
}

static unsigned long decimal(const char *digits) {
  unsigned long value = 0;
  for (; *digits >= '0' && *digits <= '9'; digits++) value = 10 * value + (unsigned long)(*digits - '0');
  return value;
}

/* The value of hexadecimal digits; what is none counts as 0: the check tells. */
static unsigned long hexadecimal(const char *digits, int count) {
  unsigned long value = 0;
  for (; count > 0; count--, digits++)
    value = value << 4 | (unsigned long)(*digits <= '9' ? *digits - '0' : *digits - 'a' + 10);
  return value;
}

static void say_ready(const char *nonce, const char *sequence, unsigned long number) {
  put("\n@@br:"), put(nonce), put(":"), put(sequence), put(":"), put_number(READY), put(":"), put_number(number), put("::");
  put_number((decimal(sequence) * 31 + READY * 1009 + number * 17) % 9973);
  put("@@\n");
  flush();
}

static int is_whole(const char *line, long count) {
  if (count != LINE + 1) return 0;
  unsigned long sum = 0;
  for (int i = 0; i < TIME; i++) sum += (byte)line[i];
  return sum == hexadecimal(line + TIME, LINE - TIME);
}

/* Gives the error, with what failed, or 0. */
static long renew(const char *line, long device, const char **what) {
  struct {
    int entropy_bits, size;
    byte seed[SEED_BYTES];
  } pool = {.entropy_bits = 8 * SEED_BYTES, .size = SEED_BYTES};
  for (int i = 0; i < SEED_BYTES; i++) pool.seed[i] = (byte)hexadecimal(line + 2 * i, 2);
  unsigned long now = hexadecimal(line + SEED, TIME - SEED);
  struct timespec time = {(long)(now / 1000000000), (long)(now % 1000000000)};
  long error;
  *what = "clock_settime";
  if ((error = sys(SYS_clock_settime, CLOCK_REALTIME, &time)) < 0) return error;
  *what = "opening /dev/urandom";
  if (device < 0) return device;
  *what = "RNDADDENTROPY";
  if ((error = sys(SYS_ioctl, device, RNDADDENTROPY, &pool)) < 0) return error;
  *what = "RNDRESEEDCRNG";
  return sys(SYS_ioctl, device, RNDRESEEDCRNG);
}

__attribute__((used)) void probe_start(void) {
  const char *const *argv = (const char *const *)(start_stack + 1);
  static char line[4096];
  struct termios cooked, silent;
  if (*start_stack != 3) sys(SYS_exit_group, 2);
  /* No echo: it costs time, and looks like an answer. */
  long is_terminal = sys(SYS_ioctl, 0, TCGETS, &cooked) == 0;
  silent = cooked;
  silent.local &= ~(unsigned)ECHO;
  if (is_terminal) sys(SYS_ioctl, 0, TCSETS, &silent);
  /* Now, since each fork would pay for it again. */
  long device = sys(SYS_openat, AT_FDCWD, "/dev/urandom", O_RDWR);
  long count = 1;
  for (unsigned long number = 1; count > 0; number++) {
    say_ready(argv[1], argv[2], number);
    count = sys(SYS_read, 0, line, sizeof line);
    if (is_whole(line, count)) break;
  }
  const char *what = "reading the line";
  long error = count > 0 ? renew(line, device, &what) : -1;
  if (is_terminal) sys(SYS_ioctl, 0, TCSETS, &cooked);
  if (error < 0) {
    put("fork-renewal: "), put(what), put(" failed with error "), put_number((unsigned long)-error), put("\n");
    flush();
  }
  sys(SYS_exit_group, error < 0);
}
