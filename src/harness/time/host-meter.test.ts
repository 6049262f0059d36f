import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { HostMeter, shareOf, waitedSince } from './host-meter.ts';

const start = { atMs: 1_000, ranMs: 500, waitedMs: 100, stoppedMs: 0, stolenMs: 9_000, memoryMs: 40 };
const two = { all: 2, ours: 2 };

/** What happened in ten seconds. */
function after(change: Partial<Omit<typeof start, 'atMs'>>): typeof start {
  const changed = Object.entries(change).map(([name, ms]) => [name, start[name as keyof typeof start] + ms]);
  return { ...start, atMs: 11_000, ...Object.fromEntries(changed) };
}

test.for([
  ['an idle guest loses nothing', { ranMs: 200 }, two, { waited: 0, lost: 0 }],
  ['a vCPU that always had a CPU', { ranMs: 10_000, waitedMs: 0 }, two, { lost: 0 }],
  ['a vCPU that had a quarter of what it wanted', { ranMs: 2_500, waitedMs: 7_500 }, two, { waited: 0.75, lost: 0.75 }],
  ['the little that an idle guest wanted and did not get', { ranMs: 100, waitedMs: 900 }, two, { waited: 0.09, lost: 0.09 }],
  ['four vCPUs on two CPUs keep only each other waiting', { ranMs: 20_000, waitedMs: 20_000 }, two, { waited: 0 }],
  ['four vCPUs on two CPUs of which half was others’', { ranMs: 10_000, waitedMs: 30_000 }, two, { waited: 0.5 }],
  ['two vCPUs on the one CPU of 64 that is ours', { ranMs: 10_000, waitedMs: 10_000 }, { all: 64, ours: 1 }, { lost: 0 }],
  ['stopped for nine seconds, and waiting', { ranMs: 500, waitedMs: 500, stoppedMs: 9_000 }, two, { stopped: 0.9, lost: 0.95 }],
  ['a host that has a host above it', { ranMs: 10_000, stolenMs: 12_000 }, two, { stolen: 0.6, lost: 0.6 }],
  ['a host without memory', { ranMs: 100, memoryMs: 8_000 }, two, { memory: 0.8, lost: 0.8 }],
] as const)('%s', ([, change, cpus, expected]) => {
  const share = shareOf(start, after(change), cpus);
  expect(share).toMatchObject(Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, expect.closeTo(value)])));
  expect(share.spanMs).toBe(10_000);
});

test('a wait that the host’s kernel has not counted yet is seen, and not counted again when it is', () => {
  expect(waitedSince(0, 200, 0)).toEqual({ waitedMs: 200, aheadMs: 0 });
  expect(waitedSince(0, 0, 250)).toEqual({ waitedMs: 250, aheadMs: 250 });
  expect(waitedSince(250, 0, 250)).toEqual({ waitedMs: 250, aheadMs: 500 });
  expect(waitedSince(500, 620, 0)).toEqual({ waitedMs: 120, aheadMs: 0 });
  // Some of it is still to be counted.
  expect(waitedSince(500, 300, 0)).toEqual({ waitedMs: 0, aheadMs: 200 });
});

test('a process that is stopped is seen to be, from then on, and not before', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const meter = new HostMeter(child.pid as number);
  try {
    await sleep(1_000);
    const stoppedAt = performance.now();
    expect(meter.since(0).stopped).toBe(0);
    child.kill('SIGSTOP');
    await sleep(3_000);
    expect(meter.since(stoppedAt).stopped).toBeGreaterThan(0.8);
    // Three seconds of ten; on a host that is late, some more.
    expect(meter.worst(10_000)).toBeGreaterThan(0.2);
    expect(meter.worst(2_000), 'all of two of the three seconds').toBeGreaterThan(0.8);
    expect(meter.since(performance.now() - 500).stopped).toBeGreaterThan(meter.since(0).stopped);
    expect(meter.keptMs(stoppedAt), 'while it is stopped, a wait for it is in vain').toBe(0);
    child.kill('SIGCONT');
    await vi.waitFor(() => expect(meter.keptMs(stoppedAt)).toBeGreaterThan(2_000), { timeout: 10_000 });
  } finally {
    meter.stop();
    child.kill('SIGKILL');
  }
});

test('its past is bounded, and a process that is gone is read no more', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const meter = new HostMeter(process.pid);
    const whole = performance.now();
    vi.advanceTimersByTime(250 * 6_000);
    const atLeastMs = performance.now() - whole;
    expect(meter.since(whole).spanMs).toBeGreaterThanOrEqual(atLeastMs);
    expect(vi.getTimerCount()).toBe(1);
    meter.stop();
    const gone = new HostMeter(2 ** 22 + 1);
    vi.advanceTimersByTime(250);
    expect(gone.since(0)).toMatchObject({ waited: 0, stopped: 0 });
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
