import { describe, expect } from 'vitest';
import type { Lab } from '../src/harness/lab/lab.ts';
import type { Machine } from '../src/harness/machine.ts';
import { test } from '../src/vitest/index.ts';

const within = { timeoutMs: 60_000 };

async function succeed({ shell }: Machine, command: string): Promise<string> {
  const { output, exitStatus } = await shell.run(command, { captured: true, ...within });
  expect(exitStatus, `${command}: ${output}`).toBe(0);
  return output;
}

/** Two machines that can reach each other. */
async function pair(lab: Lab, options: Parameters<Lab['machine']>[1] = {}): Promise<[Machine, Machine]> {
  const [one, other] = await Promise.all([lab.machine('one', options), lab.machine('other', options)]);
  await Promise.all([
    succeed(one, 'ip addr add 10.0.0.1/24 dev eth0 && ip link set eth0 up'),
    succeed(other, 'ip addr add 10.0.0.2/24 dev eth0 && ip link set eth0 up'),
  ]);
  return [one, other];
}

describe('a lab', () => {
  test('machines reach each other, and nobody else', async ({ lab }) => {
    const [one, other] = await pair(lab);
    expect(await succeed(one, 'ping -c 1 10.0.0.2')).toContain('1 packets received');
    expect(await succeed(other, 'ping -c 1 10.0.0.1')).toContain('1 packets received');
    expect((await one.shell.run('ping -c 1 -W 1 10.0.2.2', within)).exitStatus).not.toBe(0);
  });
});
