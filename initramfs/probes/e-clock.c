/*
 * Proves: CLOCK_MONOTONIC never goes back, for a thread that is moved from CPU to CPU nor between threads that hand on what they read; and
 * timers go off on each CPU as often as they should, on average.
 * Spec: phases.md E (CLOCK_MONOTONIC never goes back, across CPUs; itimer and POSIX timers on each CPU: drift bounded); clock_gettime(2),
 * setitimer(2), timer_create(2).
 * System calls: clock_gettime, sched_setaffinity, clone, futex, mmap, setitimer, timer_create, timer_settime, timer_delete, rt_sigaction,
 * nanosleep, exit.
 */
#include "signals.h"
#include "threads.h"

#if defined(__aarch64__)
enum { SYS_timer_create = 107, SYS_timer_settime = 110, SYS_timer_delete = 111 };
#else
enum { SYS_timer_create = 222, SYS_timer_settime = 223, SYS_timer_delete = 226 };
#endif
enum { CPUS = 4, MOVES = 2000, HANDS = 20000, PERIOD_MS = 10, PERIODS = 50 };

static long move_to(long cpu) {
  unsigned long mask = 1ul << cpu;
  return sys(SYS_sched_setaffinity, 0, sizeof mask, &mask);
}

static long steps_back_when_moved(void) {
  long back = 0, last = now_ns();
  for (long i = 0; i < MOVES; i++) {
    if (move_to(i % CPUS) != 0) return -1;
    long now = now_ns();
    back += now < last;
    last = now;
  }
  return back;
}

/* The latest time that any thread has read. */
static volatile long latest, handed_back;

static void hand_on(struct thread *thread) {
  thread->result = move_to(thread->argument);
  for (int i = 0; i < HANDS; i++) {
    long before = __atomic_load_n(&latest, __ATOMIC_SEQ_CST), now = now_ns();
    if (now < before) __atomic_add_fetch(&handed_back, 1, __ATOMIC_SEQ_CST);
    while (now > before && !__atomic_compare_exchange_n(&latest, &before, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
  }
}

static volatile long rings;

static void count_ring(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  rings++;
}

/* From the first ring to the one PERIODS later, in thousandths of what it should take; -1 where the timer can't be had, or stops. */
static long thousandths(void) {
  for (long until = now_ns() + PATIENCE_MS * 1000000l; rings < 1; )
    if (now_ns() > until) return -1;
  long start = now_ns(), first = rings;
  for (long until = now_ns() + PATIENCE_MS * 1000000l; rings < first + PERIODS; )
    if (now_ns() > until) return -1;
  return (now_ns() - start) / (PERIODS * PERIOD_MS * 1000l);
}

static long interval_timer(void) {
  rings = 0;
  on_signal(SIGALRM, count_ring);
  set_alarm(PERIOD_MS * 1000, PERIOD_MS * 1000);
  long found = thousandths();
  set_alarm(0, 0);
  return found;
}

/* struct sigevent: SIGEV_SIGNAL with SIGUSR1. */
static long posix_timer(void) {
  struct { unsigned long value; int signal, notify; byte rest[48]; } event = {0, SIGUSR1, 0, {0}};
  int timer = -1;
  rings = 0;
  on_signal(SIGUSR1, count_ring);
  if (sys(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) != 0) return -2;
  struct timespec times[2] = {{0, PERIOD_MS * 1000000}, {0, PERIOD_MS * 1000000}};
  if (sys(SYS_timer_settime, timer, 0, times, 0) != 0) return -3;
  long found = thousandths();
  sys(SYS_timer_delete, timer);
  return found;
}

PROBE("e-clock") {
  static struct thread threads[CPUS];
  long made = 0, joined = 0, pinned = 0, interval_wrong = 0, posix_wrong = 0, worst = 1000;
  expect_equal("e.clock.moved", steps_back_when_moved(), 0);
  for (long i = 0; i < CPUS; i++) made += start_thread(&threads[i], hand_on, i) > 0;
  for (int i = 0; i < CPUS && joined == i; i++) joined += join_thread(&threads[i]) == 0;
  for (int i = 0; i < CPUS; i++) pinned += threads[i].result == 0;
  expect_equal("e.clock.threads", made + joined + pinned, 3 * CPUS);
  expect_equal("e.clock.handed-on", handed_back, 0);
  for (long cpu = 0; cpu < CPUS; cpu++) {
    move_to(cpu);
    long interval = interval_timer(), posix = posix_timer();
    interval_wrong += interval < 980 || interval > 1200;
    posix_wrong += posix < 980 || posix > 1200;
    if (interval > worst) worst = interval;
    if (posix > worst) worst = posix;
  }
  expect_equal("e.clock.interval-timers", interval_wrong, 0);
  expect_equal("e.clock.posix-timers", posix_wrong, 0);
  metric("timer_worst_period_thousandths", worst);
}
