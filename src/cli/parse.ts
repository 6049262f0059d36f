import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { loadProfile } from '../../kernel/load-profile.ts';
import { loadSymbols } from '../harness/load-symbols.ts';
import { provideArtifact } from '../harness/provide.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import {
  ConsoleParser,
  CrashDetector,
  type CrashEvent,
  genericCrashPatterns,
  type Line,
  LineSplitter,
  type ParserEvent,
  type Symbols,
} from '../parsers/index.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';

/** Console bytes -> events, as ConsoleParser has it. */
interface Parser {
  push(chunk: Uint8Array): readonly (ParserEvent | CrashEvent)[];
  end(): readonly (ParserEvent | CrashEvent)[];
}

export const command: Command = {
  name: 'parse',
  summary: 'read a console log, print its events as JSON, one object a line',
  usage: `usage: bringup parse [--profile ID|FILE] [--crash] [--symbols FILE] [FILE]

  --profile ID|FILE   take boot markers, prompt and crash patterns from this profile; without it, those of Linux and SIS
  --crash             print crash reports only, one object a report
  --symbols FILE      name the addresses in crash reports: the kernel's ELF file, or the text of its /proc/kallsyms; without it, the
                      profile's symbols

Reads FILE, or the standard input if there is none or it is "-". Each object has "type", "line" (from 1) and
"byteOffset" (of the line's start). docs/parsers.md describes the types.
`,
  async run(argv, io) {
    const { values, positionals } = parseArguments(argv, {
      profile: { type: 'string' },
      crash: { type: 'boolean' },
      symbols: { type: 'string' },
    });
    if (positionals.length > 1)
      throw new BringupError('usage', 'expected one file at most', { hint: 'join them with cat and give no file.' });
    const profile = values.profile === undefined ? undefined : await loadProfile(values.profile);
    const symbols = await symbolsOf(values.symbols ?? profile?.symbols);
    const parser = values.crash ? crashParser(profile, symbols) : new ConsoleParser({ ...profile, symbols });
    const [file = '-'] = positionals;
    for await (const chunk of file === '-' ? io.stdin : open(file)) await print(parser.push(chunk), io.stdout);
    await print(parser.end(), io.stdout);
    return 0;
  },
};

async function symbolsOf(source: KernelProfile['symbols']): Promise<Symbols | undefined> {
  return source === undefined ? undefined : loadSymbols((await provideArtifact(source, 'symbols')).path);
}

/** Crash reports only: as fast as the console is watched in a run. */
function crashParser(profile: KernelProfile | undefined, symbols: Symbols | undefined): Parser {
  const splitter = new LineSplitter();
  const detector = new CrashDetector(profile?.crashPatterns ?? genericCrashPatterns, { symbols });
  const reportsIn = (lines: readonly Line[]): CrashEvent[] => {
    const reports: CrashEvent[] = [];
    for (const line of lines) for (const event of detector.line(line)) if (event.type === 'crash') reports.push(event);
    return reports;
  };
  return {
    push: (chunk) => reportsIn(splitter.push(chunk)),
    end: () => [...reportsIn(splitter.end()), ...detector.end()],
  };
}

async function* open(file: string): AsyncGenerator<Uint8Array> {
  const stream: Readable = createReadStream(file, { highWaterMark: 262_144 });
  try {
    yield* stream;
  } catch (error) {
    throw new BringupError('file-not-found', `log ${basename(file)} can’t be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'give the path of a console log.',
      cause: error,
    });
  }
}

async function print(events: readonly object[], stdout: Writable): Promise<void> {
  if (events.length === 0) return;
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  if (!stdout.write(text)) await once(stdout, 'drain');
}
