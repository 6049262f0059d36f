/*
 * What the kernel gives a program at its start, and whether it is right: the stack's argc, argv, envp and auxv, the segments' contents.
 * System V ABI, "Process Initialization"; getauxval(3); ELF gABI, "Program Header".
 */
#pragma once

#include "probe.h"

enum { AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_ENTRY = 9 };
enum { AT_UID = 11, AT_EUID = 12, AT_GID = 13, AT_EGID = 14, AT_RANDOM = 25, MOST_STRINGS = 4096, MOST_AUXILIARIES = 100 };
enum { ABSENT = -1, FRESH = 0x5eed, RANDOM_BYTES = 16 };

struct elf_header {
  byte identity[16];
  unsigned short type, machine;
  unsigned version;
  unsigned long entry, program_headers, section_headers;
  unsigned flags;
  unsigned short header_bytes, program_header_bytes, program_header_count, section_header_bytes, section_header_count, names;
};

extern const struct elf_header __ehdr_start; /* the linker's */
extern byte __bss_start[], _end[], _start[];

/* Of .data, which ends within a page: the rest of that page is the file's, and must not show in .bss. */
static volatile unsigned long fresh_word = FRESH;

struct start_state {
  long stack_remainder; /* SP modulo 16 */
  long bss_not_zero;    /* bytes of .bss */
  long data_word;
  long argc, environment_count; /* environment_count is -1 where no null ends it */
  long arguments_end;           /* argv[argc] */
  long program_headers_off, header_bytes, header_count, entry_off; /* _off: how far from where they are */
  long page_bytes, auxiliary_end;                                   /* auxiliary_end is 1 where AT_NULL is there */
  long ids_wrong;                                                   /* how many of AT_UID, AT_EUID, AT_GID, AT_EGID */
  long random_bytes;                                                /* how many could be read */
  unsigned long random[2];
  long pid;
};

static inline const char *const *start_arguments(void) {
  return (const char *const *)(start_stack + 1);
}

/* Behind argv and its null. */
static inline const char *const *start_environment(void) {
  return start_arguments() + start_stack[0] + 1;
}

static inline long environment_count(void) {
  long count = 0;
  while (count < MOST_STRINGS && start_environment()[count] != 0) count++;
  return count < MOST_STRINGS ? count : -1;
}

/* Pairs of a type and a value, behind envp and its null. */
static inline const unsigned long *auxiliaries(void) {
  return (const unsigned long *)(start_environment() + environment_count() + 1);
}

static inline long auxiliary(unsigned long type) {
  for (long i = 0; i < MOST_AUXILIARIES && auxiliaries()[2 * i] != AT_NULL; i++)
    if (auxiliaries()[2 * i] == type) return (long)auxiliaries()[2 * i + 1];
  return ABSENT;
}

static inline long has_auxiliary_end(void) {
  long at = 0;
  while (at < MOST_AUXILIARIES && auxiliaries()[2 * at] != AT_NULL) at++;
  return at < MOST_AUXILIARIES;
}

/* Bytes of .bss that are not 0; the start stack's address is already written there. To be called before anything else is. */
static inline long count_bss_not_zero(void) {
  long count = 0;
  for (volatile byte *at = __bss_start; at < _end; at++)
    if (at < (byte *)&start_stack || at >= (byte *)(&start_stack + 1)) count += *at != 0;
  return count;
}

/* Takes the 16 bytes through a pipe, so that a wrong pointer is an answer and no fault. */
static inline long read_random(unsigned long *random) {
  int ends[2];
  if (sys(SYS_pipe2, ends, 0) != 0) return ABSENT;
  long count = sys(SYS_write, ends[1], auxiliary(AT_RANDOM), RANDOM_BYTES);
  if (count > 0) count = sys(SYS_read, ends[0], random, count);
  sys(SYS_close, ends[0]);
  sys(SYS_close, ends[1]);
  return count;
}

static inline long wrong_ids(void) {
  return (auxiliary(AT_UID) != sys(SYS_getuid)) + (auxiliary(AT_EUID) != sys(SYS_geteuid)) + (auxiliary(AT_GID) != sys(SYS_getgid)) +
         (auxiliary(AT_EGID) != sys(SYS_getegid));
}

/* To be called before the program writes any static variable. */
static inline struct start_state start_state(void) {
  long bss_not_zero = count_bss_not_zero();
  struct start_state state = {.stack_remainder = (long)((size)start_stack % 16), .bss_not_zero = bss_not_zero, .data_word = (long)fresh_word};
  state.argc = (long)start_stack[0];
  state.arguments_end = (long)start_arguments()[state.argc];
  state.environment_count = environment_count();
  state.pid = sys(SYS_getpid);
  if (state.environment_count < 0) return state;
  state.auxiliary_end = has_auxiliary_end();
  state.program_headers_off = auxiliary(AT_PHDR) - (long)&__ehdr_start - (long)__ehdr_start.program_headers;
  state.header_bytes = auxiliary(AT_PHENT);
  state.header_count = auxiliary(AT_PHNUM);
  state.entry_off = auxiliary(AT_ENTRY) - (long)_start;
  state.page_bytes = auxiliary(AT_PAGESZ);
  state.ids_wrong = wrong_ids();
  state.random_bytes = read_random(state.random);
  return state;
}

static void expect_at(const char *topic, const char *what, long got, long expected) {
  struct line id = {.length = 0};
  put(put(&id, topic), what);
  id.text[id.length] = 0;
  expect_equal(id.text, got, expected);
}

/* Prints one result for each of it; `topic` is what their ids begin with, e.g. "a1.exec.". */
static inline void judge_start(const char *topic, const struct start_state *state) {
  expect_at(topic, "stack-aligned", state->stack_remainder, 0);
  expect_at(topic, "bss-zero", state->bss_not_zero, 0);
  expect_at(topic, "data-fresh", state->data_word, FRESH);
  expect_at(topic, "arguments-end", state->arguments_end, 0);
  expect_at(topic, "environment-ends", state->environment_count >= 0, 1);
  expect_at(topic, "auxiliaries-end", state->auxiliary_end, 1);
  expect_at(topic, "program-headers", state->program_headers_off, 0);
  expect_at(topic, "program-header-bytes", state->header_bytes, __ehdr_start.program_header_bytes);
  expect_at(topic, "program-header-count", state->header_count, __ehdr_start.program_header_count);
  expect_at(topic, "entry", state->entry_off, 0);
  expect_at(topic, "page-bytes", state->page_bytes, PAGE);
  expect_at(topic, "ids", state->ids_wrong, 0);
  expect_at(topic, "random-bytes", state->random_bytes, RANDOM_BYTES);
  expect_at(topic, "random-not-zero", (state->random[0] | state->random[1]) == 0, 0);
}
