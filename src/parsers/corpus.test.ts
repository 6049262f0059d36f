import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { corpusParser, describeReports, readCorpusLog, writeCorpusLog } from './testing/corpus.ts';
import { chunksOf, replay } from './testing/replay.ts';

/** Set by `pnpm corpus:update`: what the parser says becomes what the logs expect. A machine's word is not enough for that in CI. */
const updates = process.env.CORPUS_UPDATE !== undefined && process.env.CI === undefined;

const folder = new URL('testdata/', import.meta.url);
const logsIn = (name: string) =>
  readdirSync(new URL(`${name}/`, folder)).map((file) => ({ name: `${name}/${file}`, ...read(`${name}/${file}`) }));

function read(name: string) {
  return readCorpusLog(readFileSync(new URL(name, folder)));
}

const crashes = logsIn('crashes');
const clean = logsIn('clean');

describe.each([...crashes, ...clean])('$name', ({ name, made, expected, console: bytes }) => {
  const whole = replay(corpusParser(), [bytes]);

  test('gives the reports that its header names', () => {
    const found = describeReports(whole);
    if (updates && found !== expected) {
      process.stdout.write(`${name}\n${difference(expected, found)}\n`);
      writeFileSync(new URL(name, folder), writeCorpusLog({ made, expected: found, console: bytes }));
      return;
    }
    expect(found).toBe(expected);
  });

  test('gives the same by line and by byte', () => {
    const lines = Buffer.from(bytes)
      .toString('latin1')
      .split(/(?<=\n)/);
    expect(
      replay(
        corpusParser(),
        lines.map((line) => Buffer.from(line, 'latin1')),
      ),
    ).toEqual(whole);
    expect(replay(corpusParser(), chunksOf(bytes, [1]))).toEqual(whole);
  });
});

test('there are enough logs, and they are small', () => {
  expect(crashes.length).toBeGreaterThanOrEqual(300);
  expect(clean.length).toBeGreaterThanOrEqual(100);
  expect(Math.max(...[...crashes, ...clean].map(({ console }) => console.length))).toBeLessThanOrEqual(maxLogBytes);
});

test('crashes have reports, the others none', () => {
  expect(crashes.filter(({ expected }) => /^reports: 0$/m.test(expected)).map(({ name }) => name)).toEqual([]);
  expect(clean.filter(({ expected }) => !/^reports: 0\n$/.test(expected)).map(({ name }) => name)).toEqual([]);
});

test('each log says how it was made', () => {
  const unsaid = [...crashes, ...clean].filter(({ made }) => !/^(?:real \S+ \S.* by \S|written after \S)/.test(made));
  expect(unsaid.map(({ name }) => name)).toEqual([]);
});

test('no two logs are the same but for numbers', () => {
  const seen = new Map<string, string>();
  const doubles: string[][] = [];
  for (const { name, console } of [...crashes, ...clean]) {
    const text = Buffer.from(console)
      .toString('latin1')
      .replaceAll(/[0-9a-f]{4,}|\d+/g, '#');
    const other = seen.get(text);
    if (other !== undefined) doubles.push([other, name]);
    seen.set(text, name);
  }
  expect(doubles).toEqual([]);
});

const maxLogBytes = 16_384;

function difference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ].join('\n');
}
