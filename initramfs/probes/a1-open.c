/*
 * Proves: openat's flags: O_CREAT makes a file, O_EXCL only a new one and for one of many, O_APPEND writes at the end whatever
 * the offset and whoever else does, O_TRUNC empties; a descriptor does no more than it was opened for.
 * Spec: phases.md A1 (O_APPEND, O_EXCL); open(2).
 * System calls: openat, pipe2, read, write, lseek, fstat, mkdirat, unlinkat, close, clone, wait4, kill, nanosleep,
 * clock_gettime, exit_group.
 */
#include "files.h"

#define FOLDER "/tmp/a1-open"
#define PATH FOLDER "/file"
#define RACED FOLDER "/raced"
#define LOG FOLDER "/log"

enum { RACERS = 8, ROUNDS = 20, APPENDS = 200, RECORD = 16 };

static void creation(void) {
  expect_equal("a1.open.missing", open_file(PATH, O_RDWR), -ENOENT);
  long file = open_file(PATH, O_RDWR | O_CREAT | O_EXCL);
  expect_true("a1.open.exclusive", file >= 0, "a descriptor", file);
  write_text(file, "first");
  expect_equal("a1.open.exclusive-again", open_file(PATH, O_RDWR | O_CREAT | O_EXCL), -EEXIST);
  long again = open_file(PATH, O_RDWR | O_CREAT);
  expect_equal("a1.open.existing", reads(again, "first"), 1);
  close_file(again);
  close_file(file);
}

/* The racers wait until all are there. */
static int race(const struct turn *turn) {
  await_turn(turn);
  return open_file(RACED, O_WRONLY | O_CREAT | O_EXCL) >= 0;
}

static void one_of_many(void) {
  long fair_rounds = 0;
  for (int round = 0; round < ROUNDS; round++) {
    struct turn turn;
    long children[RACERS], winners = 0;
    make_turn(&turn);
    for (int i = 0; i < RACERS; i++)
      if ((children[i] = fork_child()) == 0) sys(SYS_exit_group, race(&turn));
    for (int i = 0; i < RACERS; i++) give_turn(&turn);
    for (int i = 0; i < RACERS; i++) winners += reap(children[i]) == 1 << 8;
    fair_rounds += winners == 1;
    close_file(turn.ends[0]);
    close_file(turn.ends[1]);
    remove_file(RACED);
  }
  expect_equal("a1.open.one-winner", fair_rounds, ROUNDS);
}

static void appending(void) {
  long file = open_file(PATH, O_RDWR | O_APPEND), other = open_file(PATH, O_WRONLY | O_APPEND);
  seek(file, 0, SEEK_SET);
  write_text(file, "+second");
  write_text(other, "+third");
  write_text(file, "+fourth");
  seek(file, 0, SEEK_SET);
  expect_equal("a1.open.append", reads(file, "first+second+third+fourth"), 1);
  close_file(file);
  close_file(other);
}

static int append_records(void) {
  byte record[RECORD];
  long file = open_file(LOG, O_WRONLY | O_APPEND);
  memset(record, (int)('a' + sys(SYS_getpid) % 2), RECORD);
  for (int i = 0; i < APPENDS; i++) sys(SYS_write, file, record, RECORD);
  return 0;
}

/* Two programs that append at a time lose nothing. */
static void appending_together(void) {
  long log = open_file(LOG, O_RDONLY | O_CREAT), children[2], torn = 0;
  for (int i = 0; i < 2; i++)
    if ((children[i] = fork_child()) == 0) sys(SYS_exit_group, append_records());
  for (int i = 0; i < 2; i++) reap(children[i]);
  expect_equal("a1.open.append-together", status_of_file(log).bytes, 2 * APPENDS * RECORD);
  for (byte record[RECORD]; sys(SYS_read, log, record, RECORD) == RECORD;)
    for (int i = 1; i < RECORD; i++) torn += record[i] != record[0] || record[i] == 0;
  expect_equal("a1.open.append-whole", torn, 0);
  close_file(log);
  remove_file(LOG);
}

static void access_modes(void) {
  byte got[1];
  long reader = open_file(PATH, O_RDONLY), writer = open_file(PATH, O_WRONLY | O_TRUNC);
  expect_equal("a1.open.truncated", status_of_file(reader).bytes, 0);
  expect_equal("a1.open.read-only", write_text(reader, "x"), -EBADF);
  expect_equal("a1.open.write-only", sys(SYS_read, writer, got, 1), -EBADF);
  close_file(reader);
  close_file(writer);
  expect_equal("a1.open.folder-written", open_file(FOLDER, O_WRONLY), -EISDIR);
  expect_equal("a1.open.not-a-folder", open_file(PATH, O_RDONLY | O_DIRECTORY), -ENOTDIR);
  expect_equal("a1.open.below-a-file", open_file(PATH "/below", O_RDONLY), -ENOTDIR);
}

PROBE("a1-open") {
  long made = make_folder(FOLDER);
  expect_equal("a1.open.folder", made, 0);
  if (made != 0) return;
  creation();
  one_of_many();
  appending();
  appending_together();
  access_modes();
  remove_file(PATH);
  expect_equal("a1.open.removed", remove_folder(FOLDER), 0);
}
