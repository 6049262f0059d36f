import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BringupError } from '../../model/errors.ts';
import { type QmpClient, QmpCommandError } from '../qmp/client.ts';
import { observeGuest } from './observe.ts';

/** QMP of this very process, which stands in for QEMU: its main thread is the vCPU's. */
function qmpThat(answers: Record<string, unknown>): QmpClient {
  const execute = async (command: string): Promise<unknown> => {
    const answer = answers[command];
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer() : answer;
  };
  return { execute } as QmpClient;
}

const healthy = {
  'query-status': { status: 'running' },
  'query-cpus-fast': [{ 'cpu-index': 0, 'thread-id': process.pid }],
  'query-blockstats': [],
  'human-monitor-command': 'CPU#0\n PC=0000000000490710 X00=1\nPSTATE=00000000 ---- EL0t',
};

test('a guest whose registers can’t be had is observed all the same', async () => {
  const refused = new QmpCommandError('human-monitor-command', 'CommandNotFound', 'no such command');
  const activity = await observeGuest(process.pid, qmpThat({ ...healthy, 'human-monitor-command': refused }));
  expect(activity).toMatchObject({ qmp: 'answers', status: 'running', vcpus: [{ index: 0, places: [], isMoving: false }] });
  const [vcpu] = activity.qmp === 'answers' ? activity.vcpus : [];
  expect(vcpu?.ran).toBeGreaterThanOrEqual(0);
  expect(vcpu?.ran).toBeLessThanOrEqual(vcpu?.busy ?? 0);
});

test('a vCPU is looked at several times, and moves where a register changes', async () => {
  const still = await observeGuest(process.pid, qmpThat(healthy));
  expect(still).toMatchObject({ vcpus: [{ places: Array(8).fill({ pc: 0x490710n, privilege: 'user' }), isMoving: false }] });
  let looks = 0;
  const moving = await observeGuest(process.pid, qmpThat({ ...healthy, 'human-monitor-command': () => `CPU#0\n PC=10 X00=${looks++}` }));
  expect(moving).toMatchObject({ vcpus: [{ isMoving: true }] });
});

test('requests that disks served meanwhile are counted, those before are not', async () => {
  let served = 100;
  const stats = (): unknown => {
    served += 3;
    return [1, 2].map((disk) => ({ stats: { rd_operations: served, wr_operations: served * disk, flush_operations: 7 } }));
  };
  expect(await observeGuest(process.pid, qmpThat({ ...healthy, 'query-blockstats': stats }))).toMatchObject({
    disks: { reads: 6, writes: 9, flushes: 0 },
  });
});

test('only a QEMU that does not answer is silent; an answer that can’t be read is a fault', async () => {
  for (const code of ['qmp-timeout', 'qmp-protocol'] as const) {
    const silent = qmpThat({ ...healthy, 'query-status': new BringupError(code, 'nothing') });
    expect(await observeGuest(process.pid, silent)).toEqual({ qmp: 'silent', isStopped: false });
  }
  const odd = qmpThat({ ...healthy, 'query-cpus-fast': { no: 'list' } });
  await expect(observeGuest(process.pid, odd)).rejects.toMatchObject({ code: 'harness-fault' });
});

test('a silent QEMU that is stopped all of the time is told from one that is stopped by turns', async () => {
  const child = spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
  const pid = child.pid as number;
  const silence = new BringupError('qmp-timeout', 'nothing');
  try {
    await sleep(100);
    child.kill('SIGSTOP');
    await sleep(100);
    expect(await observeGuest(pid, qmpThat({ 'query-status': silence }))).toEqual({ qmp: 'silent', isStopped: true });
    const afterATurn = async (): Promise<never> => {
      child.kill('SIGCONT');
      await sleep(300);
      child.kill('SIGSTOP');
      await sleep(100);
      throw silence;
    };
    expect(await observeGuest(pid, qmpThat({ 'query-status': afterATurn }))).toEqual({ qmp: 'silent', isStopped: false });
  } finally {
    child.kill('SIGKILL');
  }
});
