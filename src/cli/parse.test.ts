import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { elfFile } from '../parsers/testing/elf.ts';
import { dispatch } from './dispatch.ts';

const testdata = fileURLToPath(new URL('../parsers/testdata/', import.meta.url));
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-parse-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function call(input: readonly string[], ...argv: string[]) {
  const io = { stdin: Readable.from(input.map((part) => Buffer.from(part))), stdout: new PassThrough(), stderr: new PassThrough() };
  const output = text(io.stdout);
  const exitCode = await dispatch(['parse', ...argv], io);
  io.stdout.end();
  io.stderr.end();
  const stdout = await output;
  const objects =
    stdout.trimEnd() === ''
      ? []
      : stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line));
  return { exitCode, stdout, objects, stderr: await text(io.stderr) };
}

test('a file gives the recorded events, one object a line', async () => {
  const { exitCode, stdout, stderr } = await call([], join(testdata, 'sis-boot.log'));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe(await readFile(join(testdata, 'sis-boot.events.jsonl'), 'utf8'));
});

test.each([[[]], [['-']]])('the standard input is read as it comes: %j', async (argv) => {
  const { objects } = await call(['MMU O', 'N\nMETRIC a=', '1\n'], ...argv);
  expect(objects).toEqual([
    { type: 'marker', line: 1, byteOffset: 0, marker: 'mmu-on', text: 'MMU ON' },
    { type: 'metric', line: 2, byteOffset: 7, name: 'a', value: 1, dialect: 'integer' },
  ]);
});

test('--crash gives one object a report, and nothing else', async () => {
  const { exitCode, objects } = await call([], '--crash', join(testdata, 'linux-sysrq-crash.log'));
  expect(exitCode).toBe(0);
  expect(objects).toMatchObject([{ type: 'crash', title: 'panic: sysrq triggered crash', severity: 'fatal', line: 3 }]);
  expect(await call(['no crash\n'], '--crash')).toMatchObject({ exitCode: 0, stdout: '' });
});

test('--symbols, or a profile’s symbols, name the addresses in crash reports', async () => {
  const log = 'Unhandled exception: EC=0x25, ESR=0x96000045, PC=0x400a1b2c\n';
  const [elf, kallsyms, profile] = ['kernel.elf', 'kallsyms', 'symbols.json'].map((name) => join(folder, name)) as [string, string, string];
  await writeFile(elf, elfFile([{ name: 'from_elf', address: 0x400a1b00n, size: 64, type: 2, section: 1 }]));
  await writeFile(kallsyms, '00000000400a1b00 T from_kallsyms\n');
  await writeFile(profile, JSON.stringify({ id: 'with-symbols', extends: 'linux-arm64', symbols: 'kernel.elf' }));
  for (const [argv, name] of [
    [['--symbols', elf], 'from_elf'],
    [['--symbols', kallsyms], 'from_kallsyms'],
    [['--profile', profile], 'from_elf'],
  ] as const) {
    expect((await call([log], '--crash', ...argv)).objects).toMatchObject([
      { function: name, title: `Unhandled exception: EC=0x25 in ${name}` },
    ]);
    expect((await call([log], ...argv)).objects.at(-1)).toMatchObject({ type: 'crash', function: name });
  }
  await writeFile(elf, elfFile([]));
  expect(await call([log], '--symbols', elf)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('kernel.elf has no symbols') });
});

test('a profile brings its markers, prompt and crash patterns', async () => {
  const profile = join(folder, 'toy.json');
  const fields = {
    id: 'toy',
    extends: 'linux-arm64',
    prompt: '^toy\\$ $',
    bootMarkers: [{ id: 'hello', pattern: 'Hello (from|of) toy' }],
    crashPatterns: [{ id: 'toy-halt', pattern: 'toy halted: (\\w+)', title: 'halted: $1' }],
  };
  await writeFile(profile, JSON.stringify(fields));
  const { objects, stderr } = await call(['Hello from toy\nMMU ON\ntoy$ ls\ntoy halted: heat\n'], '--profile', profile);
  expect(stderr).toBe('');
  expect(objects.map(({ type, marker, text: line, title }) => [type, marker ?? title ?? line])).toEqual([
    ['marker', 'hello'],
    ['text', 'MMU ON'],
    ['prompt', 'toy$ '],
    ['text', 'ls'],
    ['text', 'toy halted: heat'],
    ['crash.started', 'halted: heat'],
    ['crash', 'halted: heat'],
  ]);
});

test.each([
  [['nowhere.log'], 'log nowhere.log can’t be read (ENOENT)'],
  [[testdata], 'can’t be read (EISDIR)'],
  [['a', 'b'], 'expected one file at most'],
  [['--profile', 'nowhere'], 'there is no profile "nowhere"'],
  [['--crahs'], 'did you mean --crash?'],
])('wrong usage is said so: %j', async (argv, message) => {
  const { exitCode, stdout, stderr } = await call([], ...argv);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('a reader that goes away ends it quietly', async () => {
  const log = join(folder, 'long.log');
  await writeFile(log, 'METRIC a=1\n'.repeat(200_000));
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const script = '"$0" --disable-warning=ExperimentalWarning "$1" parse "$2" | head -n 1';
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', script, process.execPath, main, log]);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'metric', line: 1 });
  expect(stderr).toBe('');
});
