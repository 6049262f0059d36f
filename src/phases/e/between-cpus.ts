import { programCheck } from '../program-check.ts';

/** What goes wrong only where there are several CPUs, and how the kernel shares its time. */
export const betweenCpusChecks = [
  programCheck({
    id: 'e.shootdown.pages',
    title: 'a page that one CPU takes away or makes read-only is so for a thread on another, 10,000 times (TLB shoot-down)',
    probe: 'e-shootdown',
    guest: { vcpus: 2 },
    results: ['rounds', 'errors', 'faults', 'mprotect-went-on', 'munmap-went-on'],
  }),
  programCheck({
    id: 'e.pingpong.wake-ups',
    title: 'two CPUs wake each other by futex and by pipes, 10,000 times each, in the rounds of a soak 100,000 times: no wake-up is lost',
    probe: 'e-pingpong',
    guest: { vcpus: 2 },
    budgetMs: 1_800_000,
    howToRun: ({ iteration }) => {
      const rounds = iteration === 0 ? 10_000 : 100_000;
      return { args: [rounds], timeoutMs: rounds * 15 };
    },
    results: ['first-cpu', 'thread', 'joined', 'second-cpu', 'futex-lost', 'futex-rounds', 'pipe-rounds', 'pipe-other'],
  }),
  programCheck({
    id: 'e.atomics.migration',
    title: 'atomic additions, exchanges and locked sections of eight threads that move between four CPUs lose nothing',
    probe: 'e-atomics',
    guest: { vcpus: 4 },
    results: ['made', 'joined', 'move-errors', 'added', 'locked'],
  }),
  programCheck({
    id: 'e.clock.monotonic',
    title: 'CLOCK_MONOTONIC never goes back, from CPU to CPU and from thread to thread',
    probe: 'e-clock',
    guest: { vcpus: 4 },
    results: ['moved', 'threads', 'handed-on'],
  }),
  programCheck({
    id: 'e.timers.drift',
    title: 'interval and POSIX timers of each CPU go off as often as they should: 50 periods take 50 times as long, within 2 %',
    probe: 'e-timers',
    guest: { vcpus: 2, virtualTime: { nsPerInstruction: 8 } },
    results: ['interval-0', 'posix-0', 'interval-1', 'posix-1', 'there'],
  }),
  programCheck({
    id: 'e.fairness.equal-and-niced',
    title: 'four equal tasks share two CPUs evenly, within 20 %; a niced one gets less than half of an equal’s share, and lives',
    probe: 'e-fairness',
    guest: { vcpus: 2, virtualTime: { nsPerInstruction: 8 } },
    results: [...['equal-ended', 'both-cpus', 'equal', 'unlike-ended', 'niced-less', 'niced-lives', 'alike-ended', 'alike']],
  }),
];
