/*
 * Proves: the console carries all 256 byte values, both ways. The probe judges what comes in; the host judges what goes out,
 * the bytes between BYTES< and >BYTES: what came in sent back, then all values in raw mode, then all values in cooked mode.
 * Spec: phases.md A0 (0x00-0xff, byte-exact in raw mode; cooked: exact but for the tty's CR before LF); termios(3).
 * System calls: ioctl (TCGETS, TCSETS), read, write.
 *
 * Host: await "PROBE AWAITS 256 bytes", then send 0x00 to 0xff in order.
 */
#include "probe.h"

enum { TCGETS = 0x5401, TCSETS = 0x5402, VTIME = 5, VMIN = 6, SILENCE_DS = 100 };

struct termios { /* the kernel's, asm-generic/termbits.h */
  unsigned input, output, control, local;
  byte line, characters[19];
};

static byte all_values[256];
static struct termios cooked;

/* Raw mode as cfmakeraw(3) has it; a read gives up after 10 s of silence. */
static long enter_raw_mode(void) {
  struct termios raw = cooked;
  raw.input = raw.output = raw.local = 0;
  raw.control = (raw.control & ~0430u) | 060u; /* CSIZE and PARENB off, CS8 on */
  raw.characters[VMIN] = 0;
  raw.characters[VTIME] = SILENCE_DS;
  return sys(SYS_ioctl, 0, TCSETS, &raw);
}

/* One write for the whole, marks included. Returns how many bytes of the 256 went out, or the error. */
static long send_bytes(const char *mark, const byte *bytes) {
  byte frame[256 + 32];
  size length = 0;
  for (const char *p = mark; *p != 0; p++) frame[length++] = (byte)*p;
  for (const char *p = " BYTES<"; *p != 0; p++) frame[length++] = (byte)*p;
  size start = length;
  for (int i = 0; i < 256; i++) frame[length++] = bytes[i];
  for (const char *p = ">BYTES\r\n"; *p != 0; p++) frame[length++] = (byte)*p;
  long wrote = sys(SYS_write, 1, frame, length);
  return wrote == (long)length ? 256 : wrote < 0 ? wrote : wrote - (long)start;
}

static long receive_bytes(byte *into) {
  long length = 0;
  while (length < 256) {
    long count = sys(SYS_read, 0, into + length, 256 - length);
    if (count < 0) return count;
    if (count == 0) break;
    length += count;
  }
  return length;
}

PROBE("a0-console") {
  for (int i = 0; i < 256; i++) all_values[i] = (byte)i;
  long got = sys(SYS_ioctl, 0, TCGETS, &cooked);
  long entered = got == 0 ? enter_raw_mode() : got;

  say("\rPROBE AWAITS 256 bytes\r");
  static byte received[256];
  long count = receive_bytes(received), wrong = 0;
  for (int i = 0; i < 256; i++) wrong += received[i] != all_values[i];
  send_bytes("ECHO", received);
  long wrote_raw = send_bytes("RAW", all_values);
  if (got == 0) sys(SYS_ioctl, 0, TCSETS, &cooked);
  long wrote_cooked = send_bytes("COOKED", all_values);

  expect_equal("a0.console.raw-mode", entered, 0);
  expect_equal("a0.console.read-count", count, 256);
  expect_equal("a0.console.read-wrong-bytes", wrong, 0);
  expect_equal("a0.console.write-raw", wrote_raw, 256);
  expect_equal("a0.console.write-cooked", wrote_cooked, 256);
}
