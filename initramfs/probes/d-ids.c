/*
 * Proves: root becomes anybody, nobody else becomes another: setuid, setgid, setresuid, setgroups follow their rules, and identities are
 * inherited.
 * Spec: phases.md D (setuid/setgid/setgroups rules); credentials(7), setuid(2), setresuid(2), setgroups(2).
 * System calls: setuid, setgid, setresuid, setresgid, getresuid, getresgid, setgroups, getgroups, getuid, geteuid, mmap, clone, wait4, kill,
 * nanosleep, clock_gettime, exit_group.
 */
#include "users.h"

/* Each runs in a child of its own, as Alice, and answers an error or what it found. */
static long setuid_root(void) {
  return sys(SYS_setuid, ROOT);
}

static long setuid_own(void) {
  return sys(SYS_setuid, ALICE);
}

static long setresuid_other(void) {
  return sys(SYS_setresuid, KEEP, BOB, KEEP);
}

static long setresuid_saved(void) {
  return sys(SYS_setresuid, KEEP, KEEP, ROOT);
}

static long setgid_root(void) {
  return sys(SYS_setgid, ROOT);
}

static long setgroups_none(void) {
  return sys(SYS_setgroups, 0, 0);
}

static long has_all(void) {
  return is(user(), ALICE, ALICE, ALICE) && is(group(), ALICE, ALICE, ALICE) && sys(SYS_getgroups, 0, 0) == 0;
}

static int told_by_child(void) {
  return !(sys(SYS_getuid) == ALICE && sys(SYS_geteuid) == ALICE && sys(SYS_getgid) == ALICE);
}

static long child_has_all(void) {
  return status_of(told_by_child);
}

/* As root: each in a child, which is then somebody else. */
static int drops_all(void) {
  return !(sys(SYS_setuid, ALICE) == 0 && is(user(), ALICE, ALICE, ALICE) && sys(SYS_setuid, ROOT) == -EPERM);
}

static int drops_all_groups(void) {
  return !(sys(SYS_setgid, ALICE) == 0 && is(group(), ALICE, ALICE, ALICE));
}

static int drops_for_a_while(void) {
  if (sys(SYS_setresuid, KEEP, ALICE, KEEP) != 0 || !is(user(), ROOT, ALICE, ROOT)) return 1;
  if (sys(SYS_setgroups, 0, 0) != -EPERM) return 2;
  if (sys(SYS_setuid, BOB) != -EPERM) return 3;
  if (sys(SYS_setresuid, KEEP, ROOT, KEEP) != 0 || !is(user(), ROOT, ROOT, ROOT)) return 4;
  return 0;
}

/* With three numbers that differ, each may take the place of any other. */
static int exchanges(void) {
  if (sys(SYS_setresuid, ALICE, BOB, CAROL) != 0 || !is(user(), ALICE, BOB, CAROL)) return 1;
  if (sys(SYS_setresuid, BOB, CAROL, ALICE) != 0 || !is(user(), BOB, CAROL, ALICE)) return 2;
  if (sys(SYS_setresuid, KEEP, ROOT, KEEP) != -EPERM) return 3;
  if (sys(SYS_setuid, ALICE) != 0 || !is(user(), BOB, ALICE, ALICE)) return 4;
  if (sys(SYS_setuid, CAROL) != -EPERM) return 5;
  return 0;
}

static int has_groups(void) {
  int given[] = {COMMON, BOB, CAROL}, found[8] = {0};
  if (sys(SYS_setgroups, 3, given) != 0 || sys(SYS_getgroups, 8, found) != 3) return 1;
  long sum = 0;
  for (int i = 0; i < 3; i++) sum += found[i];
  if (sum != COMMON + BOB + CAROL) return 2;
  if (sys(SYS_getgroups, 2, found) != -EINVAL) return 3;
  return sys(SYS_setgroups, -1, given) == -EINVAL ? 0 : 4;
}

PROBE("d-ids") {
  expect_true("d.ids.root", is(user(), ROOT, ROOT, ROOT) && is(group(), ROOT, ROOT, ROOT), "all numbers 0", user().effective);
  expect_equal("d.ids.setuid-drops-all", status_of(drops_all), 0);
  expect_equal("d.ids.setgid-drops-all", status_of(drops_all_groups), 0);
  expect_equal("d.ids.drops-for-a-while", status_of(drops_for_a_while), 0);
  expect_equal("d.ids.exchanges", status_of(exchanges), 0);
  expect_equal("d.ids.groups", status_of(has_groups), 0);
  expect_equal("d.ids.is-somebody-else", answer_as(ALICE, has_all), 1);
  expect_equal("d.ids.child-inherits", answer_as(ALICE, child_has_all), 0);
  expect_equal("d.ids.setuid-to-root", answer_as(ALICE, setuid_root), -EPERM);
  expect_equal("d.ids.setuid-to-own", answer_as(ALICE, setuid_own), 0);
  expect_equal("d.ids.setresuid-to-other", answer_as(ALICE, setresuid_other), -EPERM);
  expect_equal("d.ids.setresuid-saved-root", answer_as(ALICE, setresuid_saved), -EPERM);
  expect_equal("d.ids.setgid-to-root", answer_as(ALICE, setgid_root), -EPERM);
  expect_equal("d.ids.setgroups-by-user", answer_as(ALICE, setgroups_none), -EPERM);
}
