/*
 * Proves: dup and dup3 make a second descriptor of the same open file: one offset, closed each for itself; dup3 takes the number
 * it is given and closes what was there.
 * Spec: phases.md A1 (dup, dup2: here dup3, which every architecture has); dup(2).
 * System calls: dup, dup3, fcntl, openat, read, write, lseek, pipe2, unlinkat, close.
 */
#include "files.h"

#define PATH "/tmp/a1-dup"

enum { CHOSEN = 77 };

static void same_open_file(long file) {
  long twin = sys(SYS_dup, file), apart = open_file(PATH, O_RDWR);
  expect_true("a1.dup.new-number", twin >= 0 && twin != file, "another descriptor", twin);
  write_text(twin, "abc");
  expect_equal("a1.dup.one-offset", seek(file, 0, SEEK_CUR), 3);
  write_text(file, "de");
  expect_equal("a1.dup.one-offset-back", seek(twin, 0, SEEK_CUR), 5);
  expect_equal("a1.dup.opened-apart", seek(apart, 0, SEEK_CUR), 0);
  expect_equal("a1.dup.close", close_file(file), 0);
  seek(twin, 0, SEEK_SET);
  expect_equal("a1.dup.outlives", reads(twin, "abcde"), 1);
  expect_equal("a1.dup.closed", sys(SYS_dup, file), -EBADF);
  expect_equal("a1.dup.lowest-number", sys(SYS_dup, twin), file);
  close_file(file);
  close_file(twin);
  close_file(apart);
}

static void chosen_number(void) {
  int ends[2] = {-1, -1};
  long file = open_file(PATH, O_RDWR);
  expect_equal("a1.dup.pipe", sys(SYS_pipe2, ends, O_NONBLOCK), 0);
  expect_equal("a1.dup.chosen", sys(SYS_dup3, ends[1], CHOSEN, 0), CHOSEN);
  expect_equal("a1.dup.chosen-writes", write_text(CHOSEN, "x"), 1);
  close_file(ends[1]);
  byte got[2] = {0};
  expect_equal("a1.dup.chosen-arrives", sys(SYS_read, ends[0], got, 2) == 1 ? got[0] : -1, 'x');
  expect_equal("a1.dup.no-end-yet", sys(SYS_read, ends[0], got, 2), -EAGAIN);

  expect_equal("a1.dup.replaces", sys(SYS_dup3, file, CHOSEN, O_CLOEXEC), CHOSEN);
  expect_equal("a1.dup.replaced-closed", sys(SYS_read, ends[0], got, 2), 0);
  expect_equal("a1.dup.replaced-is-file", reads(CHOSEN, "abcde"), 1);
  expect_equal("a1.dup.close-on-exec", sys(SYS_fcntl, CHOSEN, F_GETFD), FD_CLOEXEC);
  long plain = sys(SYS_dup, CHOSEN);
  expect_equal("a1.dup.flag-not-copied", sys(SYS_fcntl, plain, F_GETFD), 0);

  expect_equal("a1.dup.onto-itself", sys(SYS_dup3, file, file, 0), -EINVAL);
  expect_equal("a1.dup.of-closed", sys(SYS_dup3, CHOSEN + 1, CHOSEN, 0), -EBADF);
  expect_equal("a1.dup.still-there", seek(CHOSEN, 0, SEEK_CUR), 5);
  expect_equal("a1.dup.negative", sys(SYS_dup3, file, -1, 0), -EBADF);
}

PROBE("a1-dup") {
  long file = open_file(PATH, O_RDWR | O_CREAT | O_TRUNC);
  expect_true("a1.dup.file", file >= 0, "a descriptor", file);
  if (file < 0) return;
  same_open_file(file);
  chosen_number();
  remove_file(PATH);
}
