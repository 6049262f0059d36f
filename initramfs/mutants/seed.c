/*
 * Seeds a fault, then becomes the program that was to be started: as PID 1 (installed as /sbin/init) /mutant/init, else the
 * program that its arguments name. That one gets the same arguments and environment, but for MUTANT.
 *
 * The variable MUTANT, which the kernel's command line gives init, says what to seed, parted by commas:
 *   module:<fault>                                      loads /mutant/fault.ko with this fault
 *   seccomp:<number>:<errno>[:<argument>:<mask>:<value>]  the system call answers -errno, or 0, without effect; with the last three
 *                                                       only where the low half of that argument, masked, is the value
 * What can't be seeded is said in one line, "MUTANT NOT SEEDED: ...", and ends the machine. aarch64 only.
 */
#include "../probes/arch.h"

enum { NR_openat = 56, NR_execve = 221, NR_finit_module = 273, NR_seccomp = 277 };
enum { AT_CWD = -100, EXISTS = 17 };

/* The initial stack: argc, argv, 0, envp, 0 (Linux's ELF entry). */
__asm__(".globl probe_start\nprobe_start:\n\tmov x0, sp\n\tb seed_start\n");

static unsigned long length_of(const char *text) {
  unsigned long length = 0;
  while (text[length] != 0) length++;
  return length;
}

static char *add_text(char *to, const char *text) {
  while (*text != 0) *to++ = *text++;
  return to;
}

__attribute__((noreturn)) static void not_seeded(const char *what, long result) {
  static char text[400];
  char digits[21];
  int at = 20;
  unsigned long rest = (unsigned long)(result < 0 ? -result : result);
  digits[at] = 0;
  do digits[--at] = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  char *end = add_text(text, "MUTANT NOT SEEDED: ");
  for (int i = 0; what[i] != 0 && what[i] != ',' && i < 300; i++) *end++ = what[i];
  end = add_text(add_text(add_text(end, " answered "), result < 0 ? "-" : ""), digits + at);
  *end++ = '\n';
  sys(SYS_write, 1, text, end - text);
  sys(SYS_reboot, 0xfee1dead, 672274793, 0x4321fedc); /* LINUX_REBOOT_CMD_POWER_OFF */
  for (;;) wait_for_interrupt();
}

/* The text after `prefix`, or 0. */
static const char *after(const char *text, const char *prefix) {
  while (*prefix != 0)
    if (*text++ != *prefix++) return 0;
  return text;
}

static void load_module(const char *plan, const char *fault) {
  static char parameters[100] = "fault=";
  char *end = parameters + length_of(parameters);
  while (*fault != 0 && *fault != ',' && end < parameters + sizeof parameters - 1) *end++ = *fault++;
  long fd = sys(NR_openat, AT_CWD, "/mutant/fault.ko", 0, 0);
  long loaded = fd < 0 ? fd : sys(NR_finit_module, fd, parameters, 0);
  if (fd >= 0) sys(SYS_close, fd);
  /* A respawned shell finds it loaded. */
  if (loaded != 0 && loaded != -EXISTS) not_seeded(plan, loaded);
}

/* linux/filter.h, linux/seccomp.h */
struct instruction {
  unsigned short code;
  unsigned char if_true, if_false;
  unsigned operand;
};
enum { LOAD_WORD = 0x20, AND = 0x54, JUMP_EQUAL = 0x15, RETURN = 0x06 };
enum { RET_ALLOW = 0x7fff0000, RET_ERRNO = 0x00050000 };
enum { DATA_NUMBER = 0, DATA_ARGUMENTS = 16 };

static unsigned read_number(const char **text) {
  unsigned value = 0;
  while (**text >= '0' && **text <= '9') value = value * 10 + (unsigned)(*(*text)++ - '0');
  if (**text == ':') (*text)++;
  return value;
}

static void filter_call(const char *plan, const char *numbers) {
  unsigned number = read_number(&numbers), error = read_number(&numbers);
  int is_conditional = *numbers != 0 && *numbers != ',';
  unsigned argument = read_number(&numbers), mask = read_number(&numbers), value = read_number(&numbers);
  struct instruction program[] = {
    {LOAD_WORD, 0, 0, DATA_NUMBER},
    {JUMP_EQUAL, 0, (unsigned char)(is_conditional ? 4 : 1), number},
    {LOAD_WORD, 0, 0, DATA_ARGUMENTS + 8 * argument},
    {AND, 0, 0, mask},
    {JUMP_EQUAL, 0, 1, value},
    {RETURN, 0, 0, RET_ERRNO | error},
    {RETURN, 0, 0, RET_ALLOW},
  };
  if (!is_conditional) {
    program[2] = program[5];
    program[3] = program[6];
  }
  struct {
    unsigned short length;
    struct instruction *program;
  } filter = {(unsigned short)(is_conditional ? 7 : 4), program};
  long set = sys(NR_seccomp, 1, 0, &filter); /* SECCOMP_SET_MODE_FILTER */
  if (set != 0) not_seeded(plan, set);
}

static void seed(const char *plan) {
  for (;;) {
    const char *rest;
    if ((rest = after(plan, "module:")) != 0) load_module(plan, rest);
    else if ((rest = after(plan, "seccomp:")) != 0) filter_call(plan, rest);
    else not_seeded(plan, -EINVAL);
    while (*plan != 0 && *plan != ',') plan++;
    if (*plan++ == 0) return;
  }
}

/* Takes MUTANT out of the environment. */
static const char *take_plan(char **environment) {
  const char *plan = 0;
  char **kept = environment;
  for (char **each = environment; *each != 0; each++) {
    const char *value = after(*each, "MUTANT=");
    if (value != 0) plan = value;
    else *kept++ = *each;
  }
  *kept = 0;
  return plan;
}

__attribute__((used, noreturn)) static void seed_start(long *stack) {
  long argc = stack[0];
  char **argv = (char **)(stack + 1), **environment = argv + argc + 1;
  const char *plan = take_plan(environment);
  if (plan == 0) not_seeded("the variable MUTANT, which is missing,", 0);
  int is_init = sys(SYS_getpid) == 1;
  if (!is_init) argv++;
  const char *program = is_init ? "/mutant/init" : argv[0];
  seed(plan);
  not_seeded(program, sys(NR_execve, program, argv, environment));
}
