import assert from 'node:assert/strict';
import { check } from '../define.ts';
import { assertAllPassed, resultPrefix } from '../probe-report.ts';
import { programCheck, runProgram } from '../program-check.ts';

const pressureResults = [
  'notes',
  'refused-or-killed',
  'pressed',
  'memory-back',
  'fork',
  'again',
  'as-much-again',
  'memory-back-again',
  'same-process',
];

export const stressChecks = [
  check('a1.stress.forks', '20 forks at once: each child ends with its own status', async ({ shell }) => {
    const { output } = await shell.run(
      'pids=; for i in $(seq 1 20); do (exit $i) & pids="$pids $!"; done; for pid in $pids; do wait $pid; echo $?; done',
      { captured: true },
    );
    const statuses = output.split('\n').filter((line) => /^\d+$/.test(line));
    assert.deepEqual(
      statuses,
      Array.from({ length: 20 }, (_, index) => String(index + 1)),
    );
  }),

  check('a1.stress.exec-200', 'exec 200 times: every one ends with 0 and the shell lives', async ({ shell, metric }) => {
    const { output, durationMs } = await shell.run('n=0; for i in $(seq 1 200); do /bin/true && n=$((n+1)); done; echo $n', {
      captured: true,
    });
    assert.equal(output, '200');
    metric('exec_200_host_ms', Math.round(durationMs));
  }),

  check('a1.stress.pipelines', '20 concurrent pipelines each count their own lines', async ({ shell }) => {
    const { output } = await shell.run(
      'for i in $(seq 1 20); do (seq 1 $((i * 100)) | cat | wc -l > /tmp/p$i) & done; wait; for i in $(seq 1 20); do cat /tmp/p$i; done',
      {
        captured: true,
      },
    );
    const counts = output
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^\d+$/.test(line));
    assert.deepEqual(
      counts,
      Array.from({ length: 20 }, (_, index) => String((index + 1) * 100)),
    );
  }),

  check('a1.stress.mix', 'forks, execs and pipelines at the same time: each does what it does alone', async ({ shell }) => {
    const forks = 'for i in $(seq 1 20); do (exit $i) & wait $!; test $? = $i && echo fork; done > /tmp/mix-forks';
    const execs = 'for i in $(seq 1 60); do /bin/true && echo exec; done > /tmp/mix-execs';
    const pipelines = 'for i in $(seq 1 20); do (seq 1 $((i * 50)) | cat | tail -n 1) & done > /tmp/mix-lines; wait';
    const { output } = await shell.run(
      `(${forks}) & (${execs}) & (${pipelines}) & wait; grep -c fork /tmp/mix-forks; grep -c exec /tmp/mix-execs; sort -n /tmp/mix-lines | tr '\\n' ' '`,
      { captured: true },
    );
    const lines = Array.from({ length: 20 }, (_, index) => (index + 1) * 50);
    assert.equal(
      output.trim(),
      `20\n60\n${lines.join(' ')}`,
      'forks with their own status, execs that ended with 0, last lines of the pipelines',
    );
  }),

  programCheck({
    id: 'a1.stress.fork-exit',
    title: '1,000 forks and exits in a row, and 100 children at a time: each its own status, and nothing left behind',
    probe: 'a1-churn',
    results: ['in-a-row', 'crowds', 'none-left', 'memory'],
  }),

  programCheck({
    id: 'a1.stress.fair-shares',
    title: 'four CPU-bound tasks on one CPU get a fourth of its time each, within 20 %',
    probe: 'a1-fairness',
    results: ['pinned', 'ended', 'cpu-used', 'cpu-possible', 'least', 'most'],
    guest: { vcpus: 1, virtualTime: { nsPerInstruction: 8 } },
  }),

  check(
    'a1.stress.memory-pressure',
    'a program that takes all memory gets ENOMEM or is killed; init, the shell and others live, and the memory is back',
    { guest: { init: 'shell', programs: ['a1-pressure'], memoryMiB: 128 }, expects: ['oom-kill'] },
    async (context) => {
      const { shell } = context;
      const survivors = 'echo $$; ps -o pid,comm | grep -cE "^ *1 +init"';
      const before = await shell.run(survivors, { captured: true });
      assert.match(before.output, /^\d+\n1$/, `the shell’s process id and one init; it printed: ${before.output}`);
      const report = await runProgram(context, 'a1-pressure');
      assertAllPassed(
        report,
        pressureResults.map((end) => `${resultPrefix('a1-pressure')}${end}`),
      );
      const after = await shell.run(survivors, { captured: true });
      assert.equal(after.output, before.output, 'the same shell, and init, behind the pressure');
    },
  ),
];
