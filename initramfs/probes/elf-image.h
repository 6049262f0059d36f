/*
 * A small ELF program made by hand, to be damaged, written to a file and started: one segment of code, one of data; it ends with a byte
 * from the last page of its data, 42. ELF gABI, "ELF Header", "Program Header".
 */
#pragma once

#include "files.h"
#include "start-state.h"

enum { PT_LOAD = 1, PF_X = 1, PF_W = 2, PF_R = 4, ET_EXEC = 2, CODE_OFFSET = 0x200, DATA_PAGES = 2, ANSWER = 42, COPY_BYTES = 3 * PAGE };
enum { CODE_ADDRESS = 0x500000, DATA_ADDRESS = 0x600000, ANSWER_OFFSET = DATA_PAGES * PAGE - 8, ANSWER_ADDRESS = DATA_ADDRESS + ANSWER_OFFSET };

struct program_header {
  unsigned type, flags;
  unsigned long offset, address, physical_address, file_bytes, memory_bytes, alignment;
};

struct image {
  struct elf_header header;
  struct program_header code, data;
  byte rest[COPY_BYTES - sizeof(struct elf_header) - 2 * sizeof(struct program_header)];
};
_Static_assert(sizeof(struct elf_header) == 64 && sizeof(struct program_header) == 56, "ELF-64");

/* exit(*(int *)ANSWER_ADDRESS) */
#if defined(__aarch64__)
enum { MACHINE = 183, OTHER_MACHINE = 62 };
static const unsigned code[] = {
    0xd2a00000 | ANSWER_ADDRESS >> 16 << 5, 0xf2800000 | (ANSWER_ADDRESS & 0xffff) << 5, /* movz, movk: x0 */
    0xb9400000, 0xd2800000 | SYS_exit << 5 | 8, 0xd4000001,                              /* ldr w0, [x0]; mov x8; svc #0 */
};
#else
enum { MACHINE = 62, OTHER_MACHINE = 183 };
static const byte code[] = {
    0x8b, 0x3c, 0x25, ANSWER_ADDRESS & 0xff, ANSWER_ADDRESS >> 8 & 0xff, ANSWER_ADDRESS >> 16, 0, /* mov edi, [ANSWER_ADDRESS] */
    0xb8, SYS_exit, 0, 0, 0, 0x0f, 0x05,                                                        /* mov eax; syscall */
};
#endif

static struct image image;

/* The whole program, undamaged. */
static void make_image(void) {
  memset(&image, 0, sizeof image);
  image.header = (struct elf_header){
      .identity = {0x7f, 'E', 'L', 'F', 2, 1, 1}, .type = ET_EXEC, .machine = MACHINE, .version = 1, .entry = CODE_ADDRESS + CODE_OFFSET,
      .program_headers = sizeof image.header, .header_bytes = sizeof image.header, .program_header_bytes = sizeof image.code,
      .program_header_count = 2};
  image.code = (struct program_header){PT_LOAD, PF_R | PF_X, 0, CODE_ADDRESS, CODE_ADDRESS, PAGE, PAGE, PAGE};
  image.data = (struct program_header){PT_LOAD, PF_R | PF_W, PAGE, DATA_ADDRESS, DATA_ADDRESS, DATA_PAGES * PAGE, DATA_PAGES * PAGE, PAGE};
  memcpy((byte *)&image + CODE_OFFSET, code, sizeof code);
  ((byte *)&image)[PAGE + ANSWER_OFFSET] = ANSWER;
}

/* What came of starting it: it ended by itself (its exit status), was ended by a signal, or execve(2) refused (the error). */
enum { ENDED = 1000, SIGNALLED = 2000 };
#define OUTCOMES " [1000 + exit status: it ran; 2000 + signal: it died; -1000: it did not end]"

/* Writes the first bytes of a file, starts it, and says what came of it. */
static long outcome_of_file(const char *path, const void *bytes, long length) {
  long file = sys(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  if (file < 0) return file;
  long written = length == 0 ? 0 : sys(SYS_write, file, bytes, length);
  close_file(file);
  if (written != length) return written;
  struct turn refusal; /* where execve(2) returns, its error goes this way */
  long error = sys(SYS_pipe2, refusal.ends, O_CLOEXEC);
  if (error != 0) return error;
  long child = fork_child();
  if (child == 0) {
    const char *const arguments[] = {path, 0}, *const nothing[] = {0};
    error = sys(SYS_execve, path, arguments, nothing);
    sys(SYS_write, refusal.ends[1], &error, sizeof error);
    sys(SYS_exit_group, 0);
  }
  close_file(refusal.ends[1]);
  long status = reap(child);
  long told = sys(SYS_read, refusal.ends[0], &error, sizeof error);
  close_file(refusal.ends[0]);
  remove_file(path);
  if (status < 0) return status;
  if (told == sizeof error) return error;
  return (status & 0x7f) == 0 ? ENDED + (status >> 8) : SIGNALLED + (status & 0x7f);
}

static inline long outcome_of(const char *path, long length) {
  return outcome_of_file(path, &image, length);
}

static inline void expect_runs(const char *id, const char *path) {
  make_image();
  expect_equal(id, outcome_of(path, sizeof image), ENDED + ANSWER);
}

/* A refusal, or the program's own end: anything but to run, or to hang. */
static inline void expect_refused_or_dies(const char *id, long outcome) {
  expect_true(id, outcome > SIGNALLED || (outcome < 0 && outcome != STILL_RUNNING), "an error or a signal" OUTCOMES, outcome);
}
