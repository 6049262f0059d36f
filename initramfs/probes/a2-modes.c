/*
 * Proves: a terminal's modes do what they say: lines or bytes, echo, the keys that erase, the end-of-file key, line ends, VMIN and VTIME.
 * Spec: phases.md A2 (canonical and raw mode, ECHO, ERASE, KILL, EOF, ISIG); termios(3).
 * System calls: openat, close, ioctl, read, write, ppoll, clock_gettime.
 */
#include "terminals.h"

static struct pair pair;

static void type(const char *keys) {
  write_text(pair.master, keys);
}

/* What a program reads when these keys are typed. */
static void expect_line(const char *id, const char *keys, const char *line) {
  type(keys);
  long length = 0;
  while (line[length] != 0) length++;
  expect_equal(id, one_read(pair.slave, line), length);
}

static void lines(void) {
  make_cooked(pair.slave, ICANON);
  type("half a l");
  expect_true("a2.modes.waits-for-line", stays_silent(pair.slave), "nothing before the line's end", ready(pair.slave, POLLIN));
  expect_line("a2.modes.line", "ine\n", "half a line\n");
  type("one\ntwo\n");
  expect_equal("a2.modes.first-line", one_read(pair.slave, "one\n"), 4);
  expect_equal("a2.modes.second-line", one_read(pair.slave, "two\n"), 4);
  byte got[3] = {0};
  type("rest\n");
  ready_within(pair.slave, POLLIN, PATIENCE_MS);
  expect_equal("a2.modes.part-of-line", sys(SYS_read, pair.slave, got, 2), 2);
  expect_equal("a2.modes.rest-of-line", one_read(pair.slave, "st\n"), 3);
  expect_line("a2.modes.return-is-newline", "ret\r", "ret\n");
  struct terminal_modes modes = modes_of(pair.slave);
  modes.input &= ~(unsigned)ICRNL;
  set_modes(pair.slave, &modes);
  expect_line("a2.modes.return-is-itself", "ret\r\n", "ret\r\n");
  expect_true("a2.modes.no-echo", stays_silent(pair.master), "nothing typed comes back", ready(pair.master, POLLIN));
}

static void editing(void) {
  make_cooked(pair.slave, ICANON);
  expect_line("a2.modes.erase", "abX\177c\n", "abc\n");
  expect_line("a2.modes.erase-nothing", "\177\177ok\n", "ok\n");
  expect_line("a2.modes.kill", "junk\025ok\n", "ok\n");
  struct terminal_modes modes = modes_of(pair.slave);
  modes.characters[VERASE] = '#';
  set_modes(pair.slave, &modes);
  expect_line("a2.modes.other-erase", "abX#c\n", "abc\n");
}

static void ends(void) {
  make_cooked(pair.slave, ICANON);
  expect_line("a2.modes.end-of-file", "\004", "");
  expect_line("a2.modes.end-after-text", "abc\004", "abc");
  expect_line("a2.modes.goes-on-after-end", "more\n", "more\n");
}

static void echo(void) {
  make_cooked(pair.slave, ICANON | ECHO);
  type("hi\n");
  expect_true("a2.modes.echo", comes(pair.master, "hi\r\n", 4), "what was typed", 0);
  expect_equal("a2.modes.echoed-line", one_read(pair.slave, "hi\n"), 3);
  make_cooked(pair.slave, ICANON | ECHO | ECHOE | ECHOK | ECHOKE);
  type("X\177");
  expect_true("a2.modes.echo-erases", comes(pair.master, "X\b \b", 4), "backspace, blank, backspace", 0);
  make_cooked(pair.slave, ICANON | ECHO | ECHOCTL);
  type("\001");
  expect_true("a2.modes.echo-control", comes(pair.master, "^A", 2), "^A", 0);
  type("\n");
  comes(pair.master, "\r\n", 2);
  one_read(pair.slave, "\001\n");
}

static void output(void) {
  make_cooked(pair.slave, ICANON);
  write_text(pair.slave, "a\nb\n");
  expect_true("a2.modes.newline-returns", comes(pair.master, "a\r\nb\r\n", 6), "CR before each LF", 0);
  struct terminal_modes modes = modes_of(pair.slave);
  modes.output &= ~(unsigned)OPOST;
  set_modes(pair.slave, &modes);
  write_text(pair.slave, "a\nb\n");
  expect_true("a2.modes.output-as-it-is", comes(pair.master, "a\nb\n", 4), "no CR", 0);
}

static void raw(void) {
  make_raw(pair.slave);
  struct terminal_modes modes = modes_of(pair.slave);
  expect_equal("a2.modes.kept", modes.local & (ISIG | ICANON | ECHO), 0);
  type("x");
  expect_equal("a2.modes.byte-at-once", one_read(pair.slave, "x"), 1);
  type("\003\004\025\177");
  expect_equal("a2.modes.keys-are-bytes", one_read(pair.slave, "\003\004\025\177"), 4);

  byte got[8];
  modes.characters[VMIN] = 3;
  set_modes(pair.slave, &modes);
  type("ab");
  expect_true("a2.modes.fewer-than-minimum", stays_silent(pair.slave), "nothing before the third byte", ready(pair.slave, POLLIN));
  type("c");
  expect_equal("a2.modes.minimum", one_read(pair.slave, "abc"), 3);

  modes.characters[VMIN] = 0;
  modes.characters[VTIME] = 2;
  set_modes(pair.slave, &modes);
  long start = now_ns();
  expect_equal("a2.modes.times-out", sys(SYS_read, pair.slave, got, sizeof got), 0);
  /* The kernel counts ticks: it may be one early. */
  expect_elapsed("a2.modes.time-out", start, 180);
}

static void none_but_keys(void) {
  make_cooked(pair.slave, ICANON);
  expect_line("a2.modes.no-signals", "a\003b\n", "a\003b\n");
}

PROBE("a2-modes") {
  pair = open_pair();
  expect_true("a2.modes.pair", pair.slave >= 0, "a pair", pair.slave);
  lines();
  editing();
  ends();
  echo();
  output();
  raw();
  none_but_keys();
}
