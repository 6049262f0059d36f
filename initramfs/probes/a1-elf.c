/*
 * Proves: execve(2) of what is no program, or one for another machine, or one that ends within its headers, answers -ENOEXEC (or -EINVAL), and the
 * caller lives on as it was.
 * Spec: phases.md A1 (not an ELF, wrong machine, cut inside the headers -> ENOEXEC (or EINVAL) and the caller lives); execve(2).
 * System calls: execve, openat, write, read, close, unlinkat, pipe2, clone, wait4, exit_group, getpid, kill, nanosleep, clock_gettime.
 */
#include "elf-image.h"

#define PATH "/tmp/a1-elf"

static void expect_refused(const char *id, long outcome) {
  expect_true(id, outcome == -ENOEXEC || outcome == -EINVAL, "-8 or -22" OUTCOMES, outcome);
}

static void damaged_headers(void) {
  make_image();
  image.header.identity[1] = 'e';
  expect_refused("a1.elf.wrong-magic", outcome_of(PATH, sizeof image));
  make_image();
  image.header.machine = OTHER_MACHINE;
  expect_refused("a1.elf.other-machine", outcome_of(PATH, sizeof image));
  make_image();
  image.header.type = 1; /* ET_REL */
  expect_refused("a1.elf.relocatable", outcome_of(PATH, sizeof image));
  make_image();
  image.header.program_header_count = 0;
  expect_refused("a1.elf.no-segments", outcome_of(PATH, sizeof image));
  make_image();
  image.header.program_headers = 1ul << 40;
  expect_refused("a1.elf.headers-far-away", outcome_of(PATH, sizeof image));
  make_image();
  image.header.program_headers = 0ul - 16;
  expect_refused("a1.elf.headers-wrap", outcome_of(PATH, sizeof image));
  make_image();
  image.header.program_header_count = 0xffff;
  expect_refused("a1.elf.too-many-headers", outcome_of(PATH, sizeof image));
}

static void cut_headers(void) {
  make_image();
  expect_refused("a1.elf.one-byte", outcome_of(PATH, 1));
  expect_refused("a1.elf.magic-alone", outcome_of(PATH, 4));
  expect_refused("a1.elf.cut-after-machine", outcome_of(PATH, 20));
  expect_refused("a1.elf.cut-before-header-end", outcome_of(PATH, sizeof image.header - 1));
  expect_refused("a1.elf.no-program-headers", outcome_of(PATH, sizeof image.header));
  expect_refused("a1.elf.cut-first-program-header", outcome_of(PATH, sizeof image.header + 40));
  expect_refused("a1.elf.cut-last-program-header", outcome_of(PATH, sizeof image.header + 2 * sizeof image.code - 8));
}

/* The same in this program itself, which execve(2) would replace. */
static void caller_lives(void) {
  long self = sys(SYS_getpid);
  volatile unsigned long mine = 0x0123456789abcdef;
  const char *const arguments[] = {PATH, 0}, *const nothing[] = {0};
  make_image();
  image.header.machine = OTHER_MACHINE;
  long file = sys(SYS_openat, AT_FDCWD, PATH, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  sys(SYS_write, file, &image, sizeof image);
  close_file(file);
  expect_refused("a1.elf.refused-here", sys(SYS_execve, PATH, arguments, nothing));
  remove_file(PATH);
  expect_equal("a1.elf.caller-lives", sys(SYS_getpid), self);
  expect_true("a1.elf.caller-memory", mine == 0x0123456789abcdef && image.header.machine == OTHER_MACHINE, "what was there", (long)mine);
}

PROBE("a1-elf") {
  static const char text[] = "this is no program\n";
  expect_runs("a1.elf.whole-one-runs", PATH);
  expect_refused("a1.elf.text", outcome_of_file(PATH, text, sizeof text - 1));
  expect_refused("a1.elf.empty", outcome_of_file(PATH, text, 0));
  damaged_headers();
  cut_headers();
  caller_lives();
  expect_runs("a1.elf.whole-one-still-runs", PATH);
}
