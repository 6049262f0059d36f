import { duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { file } from '../src/artifacts/cpio-entry.ts';
import { readCpio } from '../src/artifacts/cpio-read.ts';
import { writeCpio } from '../src/artifacts/cpio-write.ts';
import { PacketReader } from '../src/harness/gdb/packet.ts';
import { QmpClient } from '../src/harness/qmp/client.ts';
import { framesIn } from '../src/harness/shell/frames.ts';
import { ConsoleParser } from '../src/parsers/console-parser.ts';
import { CrashDetector } from '../src/parsers/crash.ts';
import { LineSplitter } from '../src/parsers/lines.ts';
import { stripPrintk } from '../src/parsers/printk-joiner.ts';
import { TerminalText } from '../src/parsers/terminal-text.ts';
import { chunksOf, linesOf, replay } from '../src/parsers/testing/replay.ts';
import { consoleText } from '../src/reporters/index.ts';

/** Eight times the input takes a linear reader about eight times as long, a quadratic one sixty-four times. */
const factor = 8;
const limit = 24;
/** What the larger input takes less than needs no growth to be told: a quadratic reader of it takes seconds. */
const negligibleMs = 5;
/** A loaded host makes some rounds slow, but hardly all of them; more cost of a reader makes all of them so. */
const rounds = 40;

type Read = (units: number) => void | Promise<void>;

/** How much longer eight times the input takes, by the quickest rounds; ends as soon as that is within the limit. */
async function growthOf(read: Read, units: number): Promise<number> {
  const quickest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, times] of [1, factor].entries()) {
      const startedAtMs = performance.now();
      await read(units * times);
      quickest[index] = Math.min(quickest[index] as number, performance.now() - startedAtMs);
    }
    // The first rounds also compile the code.
    if (round >= 2 && (quickest[1] < negligibleMs || quickest[1] / quickest[0] < limit)) break;
  }
  return quickest[1] < negligibleMs ? 1 : quickest[1] / quickest[0];
}

test('the measure tells linear readers from quadratic ones', async () => {
  const linear: Read = (units) => void Buffer.from('x'.repeat(units)).reduce((sum, byte) => sum + byte, 0);
  const quadratic: Read = (units) => {
    let sum = 0;
    for (let a = 0; a < units; a += 1) for (let b = 0; b < units; b += 1) sum += a ^ b;
    expect(sum).toBeGreaterThan(0);
  };
  expect(await growthOf(linear, 100_000)).toBeLessThan(limit);
  expect(await growthOf(quadratic, 400)).toBeGreaterThan(limit);
});

/** What is repeated: lines, lines that never end, sequences and messages that are begun and not ended, the same report over and over. */
const units = {
  lines: 'a line of text\n',
  'no line': 'x',
  'line feeds': '\n',
  returns: '\r',
  'begun sequences': '\x1b[1;',
  'begun strings': '\x1b]0;',
  'half characters': '\xe2\x82',
  'kernel messages': '[    1.000000] eth0: up\n',
  'cut lines': 'x[    1.000000] eth0: up\n',
  panics: '[    1.000000] Kernel panic - not syncing: x\n',
  warnings: '[    1.000000] WARNING: CPU: 0 PID: 1 at a/b.c:12 foo+0x1/0x2\n',
  'end marks': '[    1.000000] Kernel panic - not syncing: x\n---[ end trace 0 ]---\n',
  'panics without stamps': '[    1.000000] x\nKernel panic - not syncing: x\nKernel panic - not syncing: y\n',
  metrics: 'METRIC a=1 ',
  prompts: '/ # ',
  frames: '@@br:c0ffee01:1:3:0:',
} as const;
const bytesOf = (unit: string, size: number): Buffer => Buffer.from(unit.repeat(Math.ceil(size / unit.length)), 'latin1');

describe.each(Object.entries(units))('%s, eight times as many', (_, unit) => {
  const size = 12_000;
  const readers: Record<string, Read> = {
    'cleaned text': (bytes) => void replayText(bytesOf(unit, bytes)),
    'lines in pieces': (bytes) => void replay(new LineSplitter(), chunksOf(bytesOf(unit, bytes), [1, 100])),
    events: (bytes) => void replay(new ConsoleParser(), chunksOf(bytesOf(unit, bytes), [1_000])),
    crashes: (bytes) => {
      const detector = new CrashDetector();
      for (const line of replay(new LineSplitter(), [bytesOf(unit, bytes)])) detector.line(line);
    },
    'stripped text': (bytes) => void stripPrintk(bytesOf(unit, bytes).toString('latin1')),
    frames: (bytes) => void framesIn(bytesOf(unit, bytes).toString('latin1'), 'c0ffee01'),
    'reported text': (bytes) => void consoleText(bytesOf(unit, bytes)),
  };
  test.each(Object.keys(readers))('%s', async (name) => {
    expect(await growthOf(readers[name] as Read, size)).toBeLessThan(limit);
  });
});

function replayText(bytes: Buffer): string {
  const terminal = new TerminalText();
  return (
    chunksOf(bytes, [7])
      .map((chunk) => terminal.push(chunk))
      .join('') + terminal.end()
  );
}

describe('eight times as much of', () => {
  test.each([
    ['packets', '$OK#9a'],
    ['a packet that never ends', '$a'],
    ['noise', '+-'],
  ])('%s on the gdbstub’s line', async (_, unit) => {
    expect(await growthOf((bytes) => void new PacketReader(1e9).push(bytesOf(unit, bytes)), 20_000)).toBeLessThan(limit);
  });

  test.each([
    ['events', `${JSON.stringify({ event: 'X', data: {}, timestamp: { seconds: 1, microseconds: 2 } })}\n`],
    ['a message that never ends', 'x'],
  ])('%s from QMP', async (_, unit) => {
    expect(await growthOf((bytes) => qmp(bytesOf(unit, bytes)), 200_000)).toBeLessThan(limit);
  });

  test('files in an archive', async () => {
    const archives = new Map<number, Buffer>();
    const archive = (files: number): Buffer => {
      const made = archives.get(files) ?? Buffer.from(writeCpio(Array.from({ length: files }, (_each, index) => file(`f${index}`, 'x'))));
      archives.set(files, made);
      return made;
    };
    expect(await growthOf((files) => void readCpio(archive(files)), 1_000)).toBeLessThan(limit);
  });
});

/** Reads a session up to its end, in pieces as a socket has them. */
async function qmp(bytes: Buffer): Promise<void> {
  const [own, peer] = duplexPair();
  const connecting = QmpClient.connect(own).catch(() => {});
  for (const chunk of chunksOf(bytes, [4_096])) if (!peer.write(chunk)) await new Promise((resolve) => peer.once('drain', resolve));
  own.destroy();
  await connecting;
}

test('archives of more files than a call takes arguments are read', () => {
  const names = Array.from({ length: 130_000 }, (_, index) => file(`f${index}`, ''));
  expect(readCpio(writeCpio(names))).toHaveLength(names.length);
});

test('crash reports on lines that all look alike cost no more than lines do', async () => {
  const line = '[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000';
  expect(
    await growthOf((count) => {
      const detector = new CrashDetector();
      for (const each of linesOf(...Array.from({ length: count }, (_, index) => `${line}${index}`))) detector.line(each);
    }, 500),
  ).toBeLessThan(limit);
});
