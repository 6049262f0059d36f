import { expect, test } from 'vitest';
import type { RunEventBody } from '../model/run-event.ts';
import { encodeConsole } from './console-record.ts';
import { viewerData } from './html-data.ts';
import { buildRunModel } from './run-model.ts';
import { sampleRun } from './testing/sample-run.ts';

const own = { check: 'a1.x', machine: 'm1' };
type Step = { text: string; ok?: boolean };

/** The console parts of a check whose steps have exactly these bytes; what stands between them belongs to none. */
function partsOf(pieces: readonly (string | Step)[], maxBytes?: number) {
  let console = '';
  const extra: RunEventBody[] = [];
  for (const piece of pieces) {
    const fromByte = Buffer.byteLength(console);
    console += typeof piece === 'string' ? piece : piece.text;
    if (typeof piece === 'string') continue;
    const range = { machine: 'm1', fromByte, toByte: Buffer.byteLength(console) };
    extra.push({ type: 'step', check: own.check, title: piece.text, ok: piece.ok ?? true, durationMs: 1, console: range });
  }
  extra.push({ type: 'console', ...own, ...encodeConsole(Buffer.from(console), maxBytes) });
  const events = sampleRun([{ id: own.check, outcome: 'FAIL', booted: false }]);
  const at = { v: 1, seq: 0, atMs: 10 } as const;
  const withConsole = [...events.slice(0, 2), ...extra.map((body) => ({ ...at, ...body })), ...events.slice(2)];
  const machine = viewerData(buildRunModel(withConsole as typeof events))[own.check]?.tries[0]?.machines[0];
  return (machine?.parts ?? []).map(({ text, regions }) => regions.map(({ kind, from, to }) => [kind, text.slice(from, to)]));
}

test('a region takes whole lines: the prompt before a command belongs to it, not to the command before', () => {
  expect(partsOf(['boot\r\n~ # ', { text: 'true\r\n~ # ' }, { text: 'false\r\nno\r\n~ # ', ok: false }, 'uptime\r\n'])).toEqual([
    [
      ['step', '~ # true\n'],
      ['failed', '~ # false\nno\n~ # uptime\n'],
    ],
  ]);
});

test('a command without an end is marked to where its output stops', () => {
  expect(partsOf(['~ # ', { text: 'sleep 100\r\nhang', ok: false }])).toEqual([[['failed', '~ # sleep 100\nhang']]]);
});

test('offsets count bytes, text counts characters', () => {
  expect(partsOf(['é😀\x1b[31m\r\n', { text: 'naïve\r\n' }, 'x'])).toEqual([[['step', 'naïve\n']]]);
});

test('where bytes were left out, a region keeps what is there of it, on both sides', () => {
  const lines = (letter: string) => `${letter}\n`.repeat(50);
  const [head, tail] = partsOf([lines('a'), { text: lines('b'), ok: false }, lines('c')], 240);
  expect([head, tail]).toEqual([[], [['failed', 'b\n'.repeat(40)]]]);
  expect(partsOf([{ text: lines('a') }, { text: lines('b'), ok: false }], 40)).toEqual([
    [['step', 'a\n'.repeat(5)]],
    [['failed', 'b\n'.repeat(15)]],
  ]);
});
