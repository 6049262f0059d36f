/*
 * Proves: no page can be written and executed at once, neither when it is mapped nor later; a program's own code can be made by turns.
 * Spec: phases.md D (W^X: a writable and executable mapping is refused); mmap(2), mprotect(2).
 * System calls: mmap, mprotect, exit_group.
 */
#include "mapping.h"

PROBE("d-wx") {
  byte *both = map_pages(1, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE);
  expect_true("d.wx.mapping", is_error((long)both), "an error", (long)both);
  byte *page = map_pages(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  expect_true("d.wx.made-later", sys(SYS_mprotect, page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) < 0, "an error", 0);
  expect_equal("d.wx.by-turns", sys(SYS_mprotect, page, PAGE, PROT_READ | PROT_EXEC), 0);
}
