import { constants } from 'node:os';
import { BringupError } from '../model/errors.ts';
import type { CrashReport } from '../parsers/crash.ts';
import { type Clue, describeClue } from './diagnosis/clues.ts';

/** What the console showed before a crash's first line. */
export interface BeforeCrash {
  readonly lines: readonly string[];
  readonly clues: readonly Clue[];
}

/** The error for waits that a crash cut short: the whole report with the lines before it, and what to do. */
export function crashError(report: Pick<CrashReport, 'title' | 'text' | 'hint'>, before: BeforeCrash): BringupError {
  const advice = [endOfInit(report.title) ?? report.hint, ...before.clues.map(describeClue)].filter((part) => part !== undefined);
  return new BringupError('guest-crash', `the guest crashed: ${report.title}`, {
    hint: advice.length > 0 ? advice.join(' ') : 'read the kernel’s own crash report: its first lines name the place.',
    consoleTail: [...before.lines, report.text.trimEnd()].join('\n'),
  });
}

/** Reads PID 1's end out of a panic's title; the code is a wait status (wait(2)). */
function endOfInit(title: string): string | undefined {
  const match = /Attempted to kill init! exitcode=0x([0-9a-f]{1,8})/.exec(title);
  if (match === null) return undefined;
  const status = Number.parseInt(match[1] as string, 16);
  const signal = status & 0x7f;
  if (signal === 0) return `PID 1 exited with status ${(status >> 8) & 0xff}; an init must never end.`;
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? 'unknown';
  return `PID 1 was killed by signal ${signal} (${name}).`;
}
