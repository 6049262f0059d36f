import { ConsoleParser } from '../console-parser.ts';
import type { CrashReport } from '../crash.ts';
import type { ParserEvent } from '../events.ts';

/** A console log of the corpus: how it was made, the crash reports that must be read in it, and the console's bytes. */
export interface CorpusLog {
  /** `real <kernel package and version> by <what>`, or `written after <kernel source file or format>`. */
  readonly made: string;
  /** The reports as `describeReports` writes them. */
  readonly expected: string;
  readonly console: Uint8Array;
}

/** Ends the header. */
const mark = '--- console ---\n';

/** Reads a log: a header of lines `key: value`, then the console's bytes. */
export function readCorpusLog(bytes: Uint8Array): CorpusLog {
  const text = new TextDecoder('latin1').decode(bytes);
  const end = text.indexOf(mark);
  const header = new TextDecoder().decode(bytes.subarray(0, end));
  const made = /^made: (.+)\n/.exec(header);
  if (end < 0 || made?.[1] === undefined) throw new Error('a log of the corpus begins with "made: ..." and has a line "--- console ---"');
  return { made: made[1], expected: header.slice(made[0].length), console: bytes.subarray(end + mark.length) };
}

/** The bytes of a log's file. */
export function writeCorpusLog({ made, expected, console }: CorpusLog): Uint8Array {
  const header = new TextEncoder().encode(`made: ${made}\n${expected}${mark}`);
  const bytes = new Uint8Array(header.length + console.length);
  bytes.set(header);
  bytes.set(console, header.length);
  return bytes;
}

/** What the header says of the crash reports among the events. */
export function describeReports(events: readonly ParserEvent[]): string {
  const reports = events.filter((event) => event.type === 'crash');
  return `reports: ${reports.length}\n${reports.map(describeReport).join('')}`;
}

function describeReport({ title, class: kind, severity, function: culprit, frames, corrupted, consequences }: CrashReport): string {
  const lines = [
    `title: ${title}`,
    `class: ${kind}`,
    `severity: ${severity}`,
    `function: ${culprit ?? 'none'}`,
    `frames: ${frames.slice(0, 3).join(' ') || 'none'}`,
    `corrupted: ${corrupted === undefined ? 'no' : 'yes'}`,
    ...consequences.map((consequence) => `leads to: ${consequence.title}`),
  ];
  return `\n${lines.join('\n')}\n`;
}

/** A parser as the corpus is read with: without a profile. */
export const corpusParser = (): ConsoleParser => new ConsoleParser();
