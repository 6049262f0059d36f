import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunEvent } from '../model/run-event.ts';
import { completeRecord } from './complete-record.ts';
import { readRecord } from './record-reader.ts';
import { RecordWriter, type WritableEventBody } from './record-writer.ts';
import { buildRunModel } from './run-model.ts';
import { everyOutcome } from './testing/sample-checks.ts';
import { sampleRun, sampleStart } from './testing/sample-run.ts';

let dir: string;
const path = () => join(dir, 'run.jsonl');
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bringup-record-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function bodyOf({ v, seq, atMs, ...body }: RunEvent): WritableEventBody {
  return body as WritableEventBody;
}

function writeAll(events: readonly RunEvent[]): void {
  const clock = events.values();
  const writer = RecordWriter.open(dir, () => clock.next().value?.atMs ?? 0);
  for (const event of events) if (event.type !== 'run.finished') writer.write(bodyOf(event));
}

test('what was written is read back: every outcome, hostile console bytes, 5 MB of console', async () => {
  const events = sampleRun([...everyOutcome, { id: 'a1.zz.big', boot: Buffer.alloc(5_000_000, 0xfe) }], { finish: false });
  writeAll(events);
  expect(await readRecord(path())).toEqual({ events, cut: false });
});

test('finish counts what was written, and closes the record', async () => {
  const writer = RecordWriter.open(dir);
  for (const event of sampleRun([{ id: 'a1.one' }, { id: 'a1.two', outcome: 'FAIL' }], { finish: false })) writer.write(bodyOf(event));
  const finished = writer.finish([{ cause: 'harness-fault', message: 'a worker died' }]);
  expect(finished).toMatchObject({ counts: { PASS: 1, FAIL: 1, MISS: 0 }, exitCode: 1, errors: [{ cause: 'harness-fault' }] });
  expect((await readRecord(path())).events.at(-1)).toEqual(finished);
  expect(() => writer.write({ ...sampleStart })).toThrow('after the record was closed');
});

test('an error outside the checks makes exit code 3 of a run that else passed', () => {
  const writer = RecordWriter.open(dir);
  for (const event of sampleRun([{ id: 'a1.one' }], { finish: false })) writer.write(bodyOf(event));
  expect(writer.finish([{ cause: 'harness-fault', message: 'a worker died' }]).exitCode).toBe(3);
});

test('a wrong event is a harness fault that names the field, and leaves no line', async () => {
  const writer = RecordWriter.open(dir);
  expect(() => writer.write({ ...sampleStart, phases: 'a1' } as never)).toThrow(
    expect.objectContaining({ code: 'harness-fault', shortMessage: expect.stringContaining('phases') }),
  );
  expect(() => writer.write({ ...sampleStart, surprise: 1 } as never)).toThrow('surprise');
  writer.write(sampleStart);
  expect((await readFile(path(), 'utf8')).split('\n')).toHaveLength(2);
});

test('a new record removes the reports of the run before', async () => {
  for (const file of ['run.jsonl', 'junit.xml', 'index.html', 'summary.md', 'notes.txt']) await writeFile(join(dir, file), 'old');
  await RecordWriter.open(dir)[Symbol.asyncDispose]();
  expect((await readdir(dir)).sort()).toEqual(['notes.txt', 'run.jsonl']);
  expect(await readFile(path(), 'utf8')).toBe('');
});

test('SIGKILL of the writing process leaves whole lines', async () => {
  const script = `
    import { RecordWriter } from ${JSON.stringify(new URL('./record-writer.ts', import.meta.url).href)};
    const writer = RecordWriter.open(${JSON.stringify(dir)});
    writer.write(${JSON.stringify(sampleStart)});
    for (let value = 0; ; value++) {
      writer.write({ type: 'metric', check: 'a1.one', name: 'n', value });
      if (value === 500) process.kill(process.pid, 'SIGKILL');
    }`;
  const { signal } = await execa('node', ['--input-type=module', '-e', script], { reject: false }).then((result) => ({
    signal: result.signal,
  }));
  expect(signal).toBe('SIGKILL');
  const { events, cut } = await readRecord(path());
  expect([events.length, cut]).toEqual([502, false]);
});

test('a last line cut at any byte is tolerated and reported', async () => {
  writeAll(sampleRun([{ id: 'a1.one', title: 'naïve 😀' }], { finish: false }));
  const whole = await readFile(path());
  const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
  const { length } = (await readRecord(path())).events;
  for (let size = whole.length - 2; size > lastLine; size -= 1) {
    await truncate(path(), size);
    const { events, cut } = await readRecord(path());
    expect([size, events.length, cut]).toEqual([size, length - 1, true]);
  }
});

test('a line that only lacks its newline is whole', async () => {
  writeAll(sampleRun([], { finish: false }));
  await truncate(path(), (await readFile(path())).length - 1);
  expect(await readRecord(path())).toMatchObject({ events: [{ type: 'run.started' }], cut: false });
});

test.each([
  ['not JSON', 'no json\n', /line 4 .* not JSON/],
  ['another version', '{"v":2}\n', /line 4 .* expected format version 1, got 2/],
  ['an unknown type', '{"v":1,"seq":3,"atMs":1,"type":"new"}\n', /line 4/],
  [
    'a missing line',
    '{"v":1,"seq":4,"atMs":1,"type":"metric","check":"x","name":"n","value":1}\n',
    /line 4 .* expected event 3, got event 4/,
  ],
  ['an empty line', '\n', /line 4/],
])('%s in the middle is record-invalid and names the line', async (_, line, message) => {
  writeAll(sampleRun([{ id: 'a1.one', booted: false }], { finish: false }));
  await appendFile(path(), `${line}{}`);
  await expect(readRecord(path())).rejects.toThrow(
    expect.objectContaining({ code: 'record-invalid', exitCode: 2, shortMessage: expect.stringMatching(message) }),
  );
});

test('a record that is not there, and one that is empty', async () => {
  await expect(readRecord(path())).rejects.toThrow(expect.objectContaining({ code: 'file-not-found' }));
  await writeFile(path(), '');
  expect(() => completeRecord([])).toThrow(expect.objectContaining({ code: 'record-invalid' }));
  expect(await readRecord(path())).toEqual({ events: [], cut: false });
});

test('JSON strings may hold U+2028', async () => {
  writeAll(sampleRun([{ id: 'a1.one', title: 'a\u2028b' }], { finish: false }));
  expect(JSON.stringify(await readRecord(path()))).toContain('a\u2028b');
});

test('an interrupted run: open checks become MISS, finished ones stay, exit code 3', () => {
  const events = sampleRun([{ id: 'a0.one' }, { id: 'a1.two', interrupted: true, earlier: [{ cause: 'qemu-exit', message: 'x' }] }], {
    finish: false,
  });
  const model = buildRunModel(events);
  const [one, two] = model.phases.flatMap((phase) => phase.checks);
  expect(one).toMatchObject({ outcome: 'PASS' });
  expect(two).toMatchObject({
    id: 'a1.two',
    outcome: 'MISS',
    cause: 'harness-fault',
    message: expect.stringContaining('the run was interrupted'),
    tries: [{ outcome: 'MISS' }, { outcome: 'MISS' }],
  });
  expect(model).toMatchObject({
    exitCode: 3,
    counts: { PASS: 1, MISS: 1 },
    errors: [{ cause: 'harness-fault', message: expect.stringContaining('interrupted') }],
  });
});

test('completing a whole record changes nothing, and completing twice is completing once', () => {
  const whole = sampleRun(everyOutcome);
  expect(completeRecord(whole)).toEqual(whole);
  const once = completeRecord(sampleRun([{ id: 'a1.two', interrupted: true }], { finish: false }));
  expect(completeRecord(once)).toEqual(once);
});

test('a check with two results is refused', () => {
  expect(() => buildRunModel(sampleRun([{ id: 'a1.one' }, { id: 'a1.one' }]))).toThrow(
    expect.objectContaining({ code: 'record-invalid', shortMessage: expect.stringContaining('a1.one has two results') }),
  );
});

test('the model orders checks by phase and id, numbers by value, and gives steps and machines to their try', () => {
  const model = buildRunModel(
    sampleRun([
      { id: 'a1.n.10' },
      { id: 'g.late' },
      { id: 'a1.n.9', earlier: [{ cause: 'host-overload', message: 'busy' }], steps: [{ title: 's', console: 'x\n' }] },
      { id: 'a0.z' },
    ]),
  );
  expect(model.phases.map(({ id, checks }) => [id, checks.map((check) => check.id)])).toEqual([
    ['a0', ['a0.z']],
    ['a1', ['a1.n.9', 'a1.n.10']],
    ['g', ['g.late']],
  ]);
  const tries = model.phases[1]?.checks[0]?.tries ?? [];
  expect(tries.map(({ outcome, machines, steps }) => [outcome, machines.map(({ id }) => id), steps.length])).toEqual([
    ['MISS', ['m1'], 1],
    ['PASS', ['m2'], 1],
  ]);
});
