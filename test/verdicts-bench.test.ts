import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ends, latencies } from '../bench/verdicts-latency.ts';
import type { Label } from '../bench/verdicts-provocation.ts';
import { confusionMatrix, type LabelledRun, Laboratory, labelled, renderMatrix, runLabelled } from '../bench/verdicts-set.ts';
import { causes } from '../src/model/outcome.ts';

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await Laboratory.open();
});
afterAll(() => laboratory[Symbol.asyncDispose]());

test('the labelled set has twelve and more runs for each cause, and no two alike', () => {
  expect(Object.keys(labelled).sort()).toEqual([...causes, 'pass'].sort());
  for (const [label, provocations] of Object.entries(labelled)) {
    expect(provocations.length, label).toBeGreaterThanOrEqual(12);
    expect(new Set(provocations.map(({ kind }) => kind)).size, label).toBe(provocations.length);
  }
});

/** One a cause: those that want little of the host. */
const sample: Readonly<Record<Label, string>> = {
  assertion: 'a command that waits for input',
  'guest-crash': 'null pointer written in a timer',
  'guest-hang': 'a system call waits for ever',
  'guest-slow': 'prints five times a second, waited for',
  'unexpected-reboot': 'sysrq b',
  'guest-exit': 'signal USR2 to init',
  'qemu-exit': 'QMP quit by somebody else',
  'host-overload': 'stopped 43 of 44 parts, the guest prints',
  'harness-fault': 'guest paused, waited for',
  'broken-test': 'waits at the prompt past its budget',
  pass: 'an expected panic',
};

test('one run of each label is called what it is, and the matrix says so', async () => {
  const told: LabelledRun[] = [];
  const runs = await runLabelled(laboratory, { only: (label, kind) => sample[label] === kind, onRun: (run) => told.push(run) });
  expect(told).toEqual(runs);
  expect(Object.fromEntries(runs.map(({ label, called }) => [label, called]))).toEqual(
    Object.fromEntries(Object.keys(labelled).map((label) => [label, label])),
  );
  const matrix = confusionMatrix(runs);
  for (const [label, row] of Object.entries(matrix)) {
    expect(row).toEqual(Object.fromEntries(Object.keys(matrix).map((called) => [called, Number(called === label)])));
  }
});

test('a wrong verdict is beside the matrix’s diagonal', () => {
  const result = { outcome: 'FAIL', cause: 'guest-hang', message: 'm', hint: null, deviation: null, durationMs: 1 } as const;
  const matrix = confusionMatrix([{ label: 'guest-slow', kind: 'k', called: 'guest-hang', result }]);
  expect(matrix['guest-slow']).toMatchObject({ 'guest-hang': 1, 'guest-slow': 0 });
  const [header = '', ...rows] = renderMatrix(matrix);
  const row = rows.find((each) => each.startsWith('guest-slow')) as string;
  expect(row.indexOf('1')).toBe(header.indexOf('guest-han') + 'guest-han'.length - 1);
});

describe('an end', () => {
  test.each(Object.entries(ends))(
    'by %s: each way gives a verdict, with the whole report',
    async (_, ways) => {
      const { verdict } = await latencies(laboratory, ways, ways.length, () => {});
      expect(verdict).toHaveLength(ways.length);
      for (const ms of verdict) expect(ms).toBeGreaterThan(0);
    },
    240_000,
  );
});
