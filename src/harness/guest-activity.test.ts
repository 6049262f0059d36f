import { expect, test } from 'vitest';
import { BringupError } from '../model/errors.ts';
import { observeGuest, programCounters } from './guest-activity.ts';
import { type QmpClient, QmpCommandError } from './qmp/client.ts';

// In the form of QEMU's target/arm/cpu.c and target/i386/cpu-dump.c.
const arm64 = `
CPU#0
 PC=ffffc34a18f5ca4c X00=0000000000000000 X01=ffffc34a1a2b6d40
X02=0000000000000001 SP=ffffc34a1a2a3e40
PSTATE=600000c5 -ZC- EL1h     FPU disabled

CPU#1
 PC=0000000000490710 X00=0000000000000001
`;
const x86 = `
CPU#0
RAX=0000000000000000 RBX=ffffffff82a14940
RIP=ffffffff81c0b0cb RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1
`;

test('program counters are found by vCPU', () => {
  expect([...programCounters(arm64)]).toEqual([
    [0, '0xffffc34a18f5ca4c'],
    [1, '0x0000000000490710'],
  ]);
  expect([...programCounters(x86)]).toEqual([[0, '0xffffffff81c0b0cb']]);
});

test('text without registers has none', () => {
  expect(programCounters("unknown command: 'info registers'\r\n").size).toBe(0);
  expect(programCounters('').size).toBe(0);
});

/** QMP of this very process, which stands in for QEMU: its main thread is the vCPU's. */
function qmpThat(answers: Record<string, unknown>): QmpClient {
  const execute = async (command: string): Promise<unknown> => {
    const answer = answers[command];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { execute } as QmpClient;
}

const healthy = {
  'query-status': { status: 'running' },
  'query-cpus-fast': [{ 'cpu-index': 0, 'thread-id': process.pid }],
  'human-monitor-command': arm64,
};

test('a guest whose registers can’t be had is observed all the same', async () => {
  const refused = new QmpCommandError('human-monitor-command', 'CommandNotFound', 'no such command');
  const activity = await observeGuest(process.pid, qmpThat({ ...healthy, 'human-monitor-command': refused }));
  expect(activity).toMatchObject({ qmp: 'answers', status: 'running', vcpus: [{ index: 0, pc: undefined }] });
  const [vcpu] = activity.qmp === 'answers' ? activity.vcpus : [];
  expect(vcpu?.ran).toBeGreaterThanOrEqual(0);
  expect(vcpu?.ran).toBeLessThanOrEqual(vcpu?.busy ?? 0);
});

test('only a QEMU that does not answer is silent; an answer that can’t be read is a fault', async () => {
  for (const code of ['qmp-timeout', 'qmp-protocol'] as const) {
    const silent = qmpThat({ ...healthy, 'query-status': new BringupError(code, 'nothing') });
    expect(await observeGuest(process.pid, silent)).toEqual({ qmp: 'silent' });
  }
  const odd = qmpThat({ ...healthy, 'query-cpus-fast': { no: 'list' } });
  await expect(observeGuest(process.pid, odd)).rejects.toMatchObject({ code: 'harness-fault' });
});
