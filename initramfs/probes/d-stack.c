/*
 * Proves: a program's PT_GNU_STACK header says whether its stack can be executed, and the kernel does as it says.
 * Spec: phases.md D (PT_GNU_STACK honoured); Linux Standard Base, "Program Header".
 * System calls: openat, write, close, execve, pipe2, read, unlinkat, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "elf-image.h"
#include "mapping.h"

enum { PT_GNU_STACK = 0x6474e551, HEADERS = 3 };

/* Puts a return on the stack, calls it, and exits with 42. */
extern const byte stack_caller[], stack_caller_end[];
#if defined(__aarch64__)
__asm__(".pushsection .rodata\n.globl stack_caller\nstack_caller:\n"
        "\tmovz w0, #0x03c0\n\tmovk w0, #0xd65f, lsl #16\n\tsub sp, sp, #16\n\tmov x1, sp\n\tstr w0, [x1]\n"
        "\tdc cvau, x1\n\tdsb ish\n\tic ivau, x1\n\tdsb ish\n\tisb\n\tblr x1\n\tmov x0, #42\n\tmov x8, #94\n\tsvc #0\n"
        ".globl stack_caller_end\nstack_caller_end:\n.popsection\n");
#else
__asm__(".pushsection .rodata\n.globl stack_caller\nstack_caller:\n"
        "\tsub $16, %rsp\n\tmovl $0x909090c3, (%rsp)\n\tcall *%rsp\n\tmov $42, %edi\n\tmov $231, %eax\n\tsyscall\n"
        ".globl stack_caller_end\nstack_caller_end:\n.popsection\n");
#endif

/* What comes of a program whose header gives the stack these flags. */
static long outcome_with(unsigned flags) {
  struct program_header stack = {.type = PT_GNU_STACK, .flags = flags, .alignment = 16};
  make_image();
  image.header.program_header_count = HEADERS;
  memcpy(image.rest, &stack, sizeof stack);
  memcpy((byte *)&image + CODE_OFFSET, stack_caller, (size)(stack_caller_end - stack_caller));
  return outcome_of("/tmp/d-stack", sizeof image);
}

/* A kernel that gives no page to be written and executed gives no such stack either: it refuses the program, or the program dies. */
static void executable_stack(void) {
  long outcome = outcome_with(PF_R | PF_W | PF_X);
  int refuses = is_error((long)map_pages(1, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE));
  expect_true("d.stack.executable", outcome == ENDED + ANSWER || (refuses && (outcome > SIGNALLED || (outcome < 0 && outcome != STILL_RUNNING))), "it runs, where pages may be both", outcome);
}

PROBE("d-stack") {
  executable_stack();
  expect_equal("d.stack.not-executable", outcome_with(PF_R | PF_W), SIGNALLED + SIGSEGV);
}
