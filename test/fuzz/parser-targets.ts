import assert from 'node:assert/strict';
import type { Random } from '../../src/harness/random.ts';
import { ConsoleParser } from '../../src/parsers/console-parser.ts';
import { CrashDetector, type CrashEvent, type CrashReport } from '../../src/parsers/crash.ts';
import { maxReportLength, maxReportLines } from '../../src/parsers/crash-collector.ts';
import { maxTitleLength } from '../../src/parsers/crash-title.ts';
import { genericCrashPatterns } from '../../src/parsers/generic.ts';
import { type Line, LineSplitter, maxLineLength } from '../../src/parsers/lines.ts';
import { stripPrintk } from '../../src/parsers/printk-joiner.ts';
import { TerminalText } from '../../src/parsers/terminal-text.ts';
import { linesWithEvents, replay } from '../../src/parsers/testing/replay.ts';
import { consoleText } from '../../src/reporters/index.ts';
import { logCorpus } from './log-corpus.ts';
import type { Target } from './target.ts';

/** Pieces as they may arrive: single bytes, so that every sequence is cut somewhere, or up to some hundred. */
export function piecesOf(bytes: Buffer, random: Random): Buffer[] {
  const largest = random.pick([1, 3, 17, 700]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(largest);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const count = (text: string, character: string): number => text.split(character).length - 1;

/** Cleaned text: nothing of it depends on the pieces, no control is left but those that stand for something, no line is lost. */
function checkText(bytes: Buffer, random: Random): void {
  const clean = (pieces: readonly Buffer[]): string => {
    const terminal = new TerminalText();
    return pieces.map((piece) => terminal.push(piece)).join('') + terminal.end();
  };
  const text = clean([bytes]);
  assert.equal(clean(piecesOf(bytes, random)), text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  assert.doesNotMatch(text, /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/);
  assert.ok(text.isWellFormed());
  assert.equal(count(text, '\n'), count(bytes.toString('latin1'), '\n'));
  assert.ok(consoleText(bytes).isWellFormed());
}

/** Lines: each where it is in the raw bytes, none too long, all of the text. */
function checkLines(bytes: Buffer, random: Random): void {
  const lines = replay<Line>(new LineSplitter(), [bytes]);
  assert.deepEqual(replay<Line>(new LineSplitter(), piecesOf(bytes, random)), lines);
  const starts = [0];
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) starts.push(at + 1);
  for (const { text, line, byteOffset } of lines) {
    assert.equal(byteOffset, starts[line - 1], `start of line ${line}`);
    assert.ok(text.length <= maxLineLength && !text.includes('\n'));
  }
  assert.equal(lines.filter(({ terminated }) => terminated).length, starts.length - 1);
}

/** Events: no line without one, in order, whatever the pieces. */
function checkEvents(bytes: Buffer, random: Random): void {
  const events = replay(new ConsoleParser(), [bytes]);
  assert.deepEqual(replay(new ConsoleParser(), piecesOf(bytes, random)), events);
  const seen = new Set(events.map(({ line }) => line));
  for (const line of linesWithEvents(bytes)) assert.ok(seen.has(line), `line ${line} gave no event`);
}

/** Crash reports: each was announced, none exceeds its bounds. */
function checkCrashes(bytes: Buffer): void {
  const detector = new CrashDetector(genericCrashPatterns);
  const lines = replay<Line>(new LineSplitter(), [bytes]);
  const events: CrashEvent[] = [...lines.flatMap((line) => [...detector.line(line)]), ...detector.end()];
  let announced: number | undefined;
  for (const event of events) {
    assert.ok(
      event.title.length <= maxTitleLength && event.title === event.title.trim() && event.title !== '',
      JSON.stringify(event.title),
    );
    if (event.type === 'crash.started') announced ??= event.line;
    else {
      checkReport(event);
      assert.notEqual(announced, undefined, 'a report that did not begin');
      announced = undefined;
    }
  }
  const reports = events.filter((event) => event.type === 'crash');
  assert.deepEqual(
    reports.map(({ line }) => line),
    reports.map(({ line }) => line).sort((a, b) => a - b),
  );
  assert.deepEqual(detector.end(), []);
}

function checkReport({ text, consequences, line }: CrashReport): void {
  assert.ok(text.length <= maxReportLength + 1, `${text.length} characters`);
  assert.ok(count(text, '\n') <= maxReportLines + 1, `${count(text, '\n')} lines`);
  for (const { line: next } of consequences) assert.ok(next > line);
}

/** Captured output without kernel messages: nothing is made up but the line ends of what a reboot cut off. */
function checkStripping(bytes: Buffer): void {
  const whole = bytes.toString('utf8');
  const { text, removed } = stripPrintk(whole);
  assert.ok(text.length + removed.join('').length <= whole.length + removed.length);
  if (removed.length === 0) assert.equal(text, whole);
}

export const parserTargets: readonly Target[] = [
  { name: 'text', corpus: logCorpus, check: checkText },
  { name: 'lines', corpus: logCorpus, check: checkLines },
  { name: 'events', corpus: logCorpus, check: checkEvents },
  { name: 'crashes', corpus: logCorpus, check: checkCrashes },
  { name: 'strip-printk', corpus: logCorpus, check: checkStripping },
];
