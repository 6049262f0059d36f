/*
 * Proves: what a file's mode lets its owner, its group and others do: each by the bits of its own class alone; folders, umask, the sticky
 * bit; who may change owner and mode, and that set-id bits do not outlive it.
 * Spec: phases.md D (other users can't write a 0644 file .. clears set-id); path_resolution(7), inode(7), chmod(2), chown(2), umask(2).
 * System calls: openat, write, read, close, mkdirat, unlinkat, renameat2, faccessat, fchmodat, fchownat, statx, umask, execve, setresuid,
 * setresgid, setgroups, mmap, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "users.h"

#define FOLDER "/tmp/d-files"
static const char subject[] = FOLDER "/subject", inside[] = FOLDER "/closed/inside";

static long open_to_write(void) {
  return can_open(subject, O_WRONLY);
}

static long open_to_read(void) {
  return can_open(subject, O_RDONLY);
}

static void others(void) {
  make_file_of(subject, 0644, ROOT, ROOT);
  expect_equal("d.files.other-reads", answer_as(ALICE, open_to_read), 0);
  expect_equal("d.files.other-writes", answer_as(ALICE, open_to_write), -EACCES);
  change_mode(subject, 0666);
  expect_equal("d.files.other-writes-0666", answer_as(ALICE, open_to_write), 0);
  change_mode(subject, 0600);
  expect_equal("d.files.other-reads-0600", answer_as(ALICE, open_to_read), -EACCES);
  change_mode(subject, 0);
  expect_equal("d.files.root-reads-0000", can_open(subject, O_RDONLY), 0);
}

static long open_inside(void) {
  return can_open(inside, O_RDONLY);
}

static long list_closed(void) {
  return can_open(FOLDER "/closed", O_RDONLY | O_DIRECTORY);
}

static long make_in_closed(void) {
  return make_file(FOLDER "/closed/new", "");
}

/* x lets through, r lists, w with x makes and removes. */
static void folders(void) {
  make_folder(FOLDER "/closed");
  make_file_of(inside, 0666, ROOT, ROOT);
  change_mode(FOLDER "/closed", 0700);
  expect_equal("d.files.closed-inside", answer_as(ALICE, open_inside), -EACCES);
  expect_equal("d.files.closed-list", answer_as(ALICE, list_closed), -EACCES);
  change_mode(FOLDER "/closed", 0711);
  expect_equal("d.files.through-inside", answer_as(ALICE, open_inside), 0);
  expect_equal("d.files.through-list", answer_as(ALICE, list_closed), -EACCES);
  change_mode(FOLDER "/closed", 0744);
  expect_equal("d.files.listed-inside", answer_as(ALICE, open_inside), -EACCES);
  expect_equal("d.files.listed-list", answer_as(ALICE, list_closed), 0);
  change_mode(FOLDER "/closed", 0755);
  expect_equal("d.files.unwritable-make", answer_as(ALICE, make_in_closed), -EACCES);
  change_mode(FOLDER "/closed", 0777);
  expect_equal("d.files.writable-make", answer_as(ALICE, make_in_closed), 0);
}

/* How many of the 512 modes answer one class's accesses (3 bits, R_OK .. X_OK) otherwise than by its own bits. */
static long wrong_answers(int id, int group_id, int shift) {
  long wrong = 0;
  for (long mode = 0; mode < 512; mode++) {
    if (change_mode(subject, mode) != 0) return -1;
    sys(SYS_setresgid, group_id, group_id, ROOT);
    sys(SYS_setresuid, id, id, ROOT);
    for (long access = 1; access <= 7; access++) {
      long expected = (mode >> shift & access) == access ? 0 : -EACCES;
      wrong += sys(SYS_faccessat, AT_FDCWD, subject, access) != expected;
    }
    sys(SYS_setresuid, ROOT, ROOT, ROOT);
    sys(SYS_setresgid, ROOT, ROOT, ROOT);
  }
  return wrong;
}

/* The file is Alice's and the common group's: the first class that fits counts, whatever the others would let. */
static void classes(void) {
  make_file_of(subject, 0, ALICE, COMMON);
  sys(SYS_setgroups, 0, 0);
  expect_equal("d.files.owner-first", wrong_answers(ALICE, COMMON, 6), 0);
  expect_equal("d.files.group-second", wrong_answers(BOB, COMMON, 3), 0);
  expect_equal("d.files.others-last", wrong_answers(BOB, BOB, 0), 0);
  int groups[] = {CAROL, COMMON};
  sys(SYS_setgroups, 2, groups);
  expect_equal("d.files.other-groups-too", wrong_answers(CAROL, CAROL, 3), 0);
  sys(SYS_setgroups, 0, 0);
}

static void masks(void) {
  long before = sys(SYS_umask, 027);
  long file = sys(SYS_openat, AT_FDCWD, FOLDER "/masked", O_WRONLY | O_CREAT, 0666);
  close_file(file);
  sys(SYS_mkdirat, AT_FDCWD, FOLDER "/masked-folder", 0777);
  expect_equal("d.files.umask-file", mode_of(FOLDER "/masked"), 0640);
  expect_equal("d.files.umask-folder", mode_of(FOLDER "/masked-folder"), 0750);
  expect_equal("d.files.umask-was", sys(SYS_umask, before), 027);
}

static const char hers[] = FOLDER "/sticky/hers", moved[] = FOLDER "/sticky/moved";

static long remove_hers(void) {
  return remove_file(hers);
}

static long rename_hers(void) {
  return rename_file(hers, moved);
}

static void sticky(void) {
  make_folder(FOLDER "/sticky");
  change_mode(FOLDER "/sticky", 01777);
  make_file_of(hers, 0666, ALICE, ALICE);
  expect_equal("d.files.sticky-other-removes", answer_as(BOB, remove_hers), -EPERM);
  expect_equal("d.files.sticky-other-renames", answer_as(BOB, rename_hers), -EPERM);
  expect_equal("d.files.sticky-owner-removes", answer_as(ALICE, remove_hers), 0);
  make_file_of(hers, 0666, ALICE, ALICE);
  change_owner(FOLDER "/sticky", BOB, BOB);
  expect_equal("d.files.sticky-folder-owner-removes", answer_as(BOB, remove_hers), 0);
  make_file_of(hers, 0666, ALICE, ALICE);
  change_owner(FOLDER "/sticky", ROOT, ROOT);
  change_mode(FOLDER "/sticky", 0777);
  expect_equal("d.files.not-sticky-other-removes", answer_as(BOB, remove_hers), 0);
}

static long give_away(void) {
  return change_owner(subject, BOB, KEEP);
}

static long give_to_common(void) {
  return change_owner(subject, KEEP, COMMON);
}

static long give_to_own_group(void) {
  return change_owner(subject, KEEP, ALICE);
}

static long open_up(void) {
  return change_mode(subject, 0777);
}

static long make_set_group(void) {
  return change_mode(subject, 02755);
}

static long write_some(void) {
  long file = open_file(subject, O_WRONLY), count = write_text(file, "x");
  close_file(file);
  return count;
}

static void owners(void) {
  make_file_of(subject, 0644, ALICE, ALICE);
  expect_equal("d.files.chown-by-owner", answer_as(ALICE, give_away), -EPERM);
  expect_equal("d.files.chgrp-to-foreign", answer_as(ALICE, give_to_common), -EPERM);
  expect_equal("d.files.chgrp-to-own", answer_as(ALICE, give_to_own_group), 0);
  expect_equal("d.files.chmod-by-other", answer_as(BOB, open_up), -EPERM);
  expect_equal("d.files.chmod-by-owner", answer_as(ALICE, open_up), 0);
  /* Programs that others own must not become somebody else's with their set-id bits. */
  change_mode(subject, 06755);
  expect_equal("d.files.chown-by-root", change_owner(subject, BOB, BOB), 0);
  expect_equal("d.files.chown-clears-set-id", mode_of(subject), 0755);
  change_mode(subject, 06777);
  expect_equal("d.files.other-writes-set-id", answer_as(ALICE, write_some), 1);
  expect_equal("d.files.write-clears-set-id", mode_of(subject), 0777);
  make_file_of(subject, 0755, ALICE, COMMON);
  answer_as(ALICE, make_set_group);
  expect_equal("d.files.no-set-id-of-foreign-group", mode_of(subject), 0755);
}

static long start_subject(void) {
  const char *const arguments[] = {subject, 0}, *const nothing[] = {0};
  return sys(SYS_execve, subject, arguments, nothing);
}

static void programs(void) {
  make_file_of(subject, 0644, ROOT, ROOT);
  expect_equal("d.files.root-starts-no-x", start_subject(), -EACCES);
  change_mode(subject, 0744);
  expect_equal("d.files.other-starts-no-x", answer_as(ALICE, start_subject), -EACCES);
}

PROBE("d-files") {
  make_folder(FOLDER);
  change_mode(FOLDER, 0755);
  others();
  folders();
  classes();
  masks();
  sticky();
  owners();
  programs();
}
