import assert from 'node:assert/strict';
import { check } from '../define.ts';

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
];
