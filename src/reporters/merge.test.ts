import fc from 'fast-check';
import { expect, test } from 'vitest';
import { causes, outcomeOfCause, outcomes } from '../model/outcome.ts';
import { type RunEvent, runEventSchema } from '../model/run-event.ts';
import { runFinished } from './complete-record.ts';
import { mergeRecords } from './merge.ts';
import { buildRunModel } from './run-model.ts';
import { everyOutcome } from './testing/sample-checks.ts';
import { type SampleCheck, sampleRun } from './testing/sample-run.ts';

/** The record that shard `index` of `total` would have written: its own checks, at the same times. */
function shardOf(whole: readonly RunEvent[], index: number, total: number, shardOfCheck: (check: string) => number): RunEvent[] {
  const [started, finished] = [whole[0], whole.at(-1)] as [RunEvent & { type: 'run.started' }, RunEvent & { type: 'run.finished' }];
  const own = whole.filter((event) => 'check' in event && shardOfCheck(event.check) === index);
  const results = own.flatMap((event) => (event.type === 'check.finished' ? [event.outcome] : []));
  const shardStart = { ...started, runId: started.runId, argv: [...started.argv, '--shard', `${index}/${total}`], shard: { index, total } };
  const end = { ...finished, ...runFinished(results, [], finished.durationMs) };
  return [shardStart, ...own, end].map((event, seq) => ({ ...event, seq }));
}

const checkArbitrary = fc.record({
  topic: fc.constantFrom('a0.boot', 'a1.pipe', 'a1.echo'),
  verdict: fc.oneof(
    fc
      .constantFrom(...outcomes.filter((one) => one === 'PASS' || one === 'SKIP' || one === 'DONE'))
      .map((outcome) => ({ outcome, cause: null })),
    fc.constantFrom(...causes).map((cause) => ({ outcome: outcomeOfCause[cause], cause })),
  ),
  boot: fc.uint8Array({ maxLength: 60 }),
  retried: fc.boolean(),
});

test('the shards of a run, merged in any order, give the model and the events of the whole run', () => {
  fc.assert(
    fc.property(fc.array(checkArbitrary, { maxLength: 8 }), fc.integer({ min: 1, max: 4 }), fc.integer(), (drafts, total, seed) => {
      const checks = drafts.map(
        ({ topic, verdict, boot, retried }, index): SampleCheck => ({
          id: `${topic}.${index}`,
          ...verdict,
          boot,
          earlier: retried ? [{ cause: 'qemu-exit', message: 'again' }] : [],
        }),
      );
      const whole = sampleRun(checks);
      const shardOfCheck = (check: string) => ((Number(check.split('.').at(-1)) * 7 + Math.abs(seed % 100)) % total) + 1;
      const shards = Array.from({ length: total }, (_, index) => shardOf(whole, index + 1, total, shardOfCheck));
      const merged = mergeRecords(seed % 2 === 0 ? shards : shards.toReversed());
      expect(merged).toEqual(whole);
      expect(buildRunModel(merged)).toEqual(buildRunModel(whole));
      for (const event of merged) runEventSchema.parse(event);
    }),
    { numRuns: 60 },
  );
});

const half = (index: number, total = 2) => shardOf(sampleRun(everyOutcome), index, total, (check) => (check.length % total) + 1);

test('a shard that is missing is an error, named, and the run can’t pass', () => {
  const whole = sampleRun([{ id: 'a1.one' }, { id: 'a1.other' }]);
  const merged = mergeRecords([shardOf(whole, 1, 3, () => 1)]);
  expect(merged.at(-1)).toMatchObject({ type: 'run.finished', exitCode: 3, counts: { PASS: 2 } });
  expect(merged.at(-1)).toHaveProperty(
    'errors',
    [2, 3].map((index) => ({
      cause: 'harness-fault',
      message: `the record of shard ${index}/3 is missing; nothing is known about its checks`,
    })),
  );
});

test('a shard that was interrupted is completed', () => {
  const merged = mergeRecords([half(1), half(2).slice(0, -3)]);
  expect(merged.at(-1)).toMatchObject({ errors: [{ message: expect.stringContaining('interrupted') }] });
});

test('shards that began later are set later', () => {
  const [one, two] = [half(1), half(2)];
  const later = two.map((event) => (event.type === 'run.started' ? { ...event, startedAt: '2026-01-02T03:04:15.000Z' } : event));
  const merged = mergeRecords([later, one]);
  const lastOfTwo = two.at(-2) as RunEvent;
  expect(
    merged.find((event) => event.type === lastOfTwo.type && 'check' in event && 'check' in lastOfTwo && event.check === lastOfTwo.check)
      ?.atMs,
  ).toBe(lastOfTwo.atMs + 10_000);
  expect(merged.at(-1)).toHaveProperty('durationMs', (two.at(-1) as { durationMs: number }).durationMs + 10_000);
  expect(merged[0]).toHaveProperty('startedAt', '2026-01-02T03:04:05.000Z');
});

const change = (events: RunEvent[], fields: object) =>
  events.map((event) => (event.type === 'run.started' ? ({ ...event, ...fields } as RunEvent) : event));
const started = half(1)[0] as RunEvent & { type: 'run.started' };

test.each([
  ['another profile', change(half(2), { profile: { ...started.profile, id: 'sis' } }), /profiles linux-arm64 and sis differ/],
  ['another kernel', change(half(2), { artifacts: [] }), /kernel or initramfs/],
  ['the same shard', half(1), /shard 1\/2 is there twice/],
  ['another number of shards', half(2, 3), /shard 2\/3 stands beside 1\/2/],
  ['the same checks', change(half(1), { shard: { index: 2, total: 2 } }), /has two results/],
])('%s is refused: not one run', (_, other, message) => {
  expect(() => mergeRecords([half(1), other])).toThrow(
    expect.objectContaining({ code: 'record-invalid', shortMessage: expect.stringMatching(message) }),
  );
});

test('hosts and versions that differ are named side by side', () => {
  const other = change(half(2), { versions: { ...started.versions, qemu: '9.2.0' }, host: { ...started.host, cpus: 8, os: 'Debian 13' } });
  expect(mergeRecords([half(1), other])[0]).toMatchObject({
    versions: { qemu: '7.2.15 and 9.2.0', node: '24.1.0' },
    host: { cpus: 2, os: `${started.host.os} and Debian 13` },
    shard: null,
  });
});

test('one whole record comes back as it was', () => {
  expect(mergeRecords([sampleRun(everyOutcome)])).toEqual(sampleRun(everyOutcome));
});
