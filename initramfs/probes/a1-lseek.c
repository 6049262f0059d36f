/*
 * Proves: lseek sets the offset that read and write go on from, by all three ways to count; beyond the end it makes a hole
 * of zeros; what it refuses changes nothing.
 * Spec: phases.md A1 (lseek); lseek(2).
 * System calls: lseek, openat, read, write, fstat, pipe2, unlinkat, close.
 */
#include "files.h"

#define PATH "/tmp/a1-lseek"

PROBE("a1-lseek") {
  byte got[4] = {0};
  long file = open_file(PATH, O_RDWR | O_CREAT | O_TRUNC);
  expect_true("a1.lseek.file", file >= 0, "a descriptor", file);
  if (file < 0) return;
  write_text(file, "0123456789");
  expect_equal("a1.lseek.current", seek(file, 0, SEEK_CUR), 10);
  expect_equal("a1.lseek.set", seek(file, 3, SEEK_SET), 3);
  expect_equal("a1.lseek.read-there", sys(SYS_read, file, got, 2) == 2 && got[0] == '3' ? got[1] : -1, '4');
  expect_equal("a1.lseek.read-moved", seek(file, 0, SEEK_CUR), 5);
  expect_equal("a1.lseek.back", seek(file, -4, SEEK_CUR), 1);
  expect_equal("a1.lseek.end", seek(file, -2, SEEK_END), 8);
  expect_equal("a1.lseek.read-end", reads(file, "89"), 1);
  seek(file, 4, SEEK_SET);
  write_text(file, "X");
  seek(file, 0, SEEK_SET);
  expect_equal("a1.lseek.write-there", reads(file, "0123X56789"), 1);

  expect_equal("a1.lseek.beyond", seek(file, 5000, SEEK_SET), 5000);
  expect_equal("a1.lseek.read-beyond", sys(SYS_read, file, got, 1), 0);
  expect_equal("a1.lseek.no-growth-yet", status_of_file(file).bytes, 10);
  write_text(file, "Z");
  expect_equal("a1.lseek.grown", status_of_file(file).bytes, 5001);
  byte hole[100];
  memset(hole, 1, sizeof hole);
  seek(file, 4900, SEEK_SET);
  long read = sys(SYS_read, file, hole, sizeof hole), zeros = 0;
  for (size i = 0; i < sizeof hole; i++) zeros += hole[i] == 0;
  expect_equal("a1.lseek.hole", read == sizeof hole ? zeros : read, sizeof hole);

  seek(file, 7, SEEK_SET);
  expect_equal("a1.lseek.negative", seek(file, -1, SEEK_SET), -EINVAL);
  expect_equal("a1.lseek.before-start", seek(file, -8, SEEK_CUR), -EINVAL);
  expect_equal("a1.lseek.wrong-whence", seek(file, 0, 99), -EINVAL);
  expect_equal("a1.lseek.unchanged", seek(file, 0, SEEK_CUR), 7);
  expect_equal("a1.lseek.over-4-gib", seek(file, (1l << 32) + 1, SEEK_SET), (1l << 32) + 1);
  int ends[2] = {-1, -1};
  sys(SYS_pipe2, ends, 0);
  expect_equal("a1.lseek.pipe", seek(ends[0], 0, SEEK_CUR), -ESPIPE);
  remove_file(PATH);
}
