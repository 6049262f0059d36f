import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corpusParser, describeReports, readCorpusLog, writeCorpusLog } from '../../src/parsers/testing/corpus.ts';
import { replay } from '../../src/parsers/testing/replay.ts';

/*
 * Puts recorded consoles into the corpus: `node --conditions=bringup-source test/corpus/store.ts RAW`. A log that is there keeps its header, so
 * that what it must give is not changed by recording it again; a new one gets what the parser says, to be reviewed.
 */
const [raw = 'raw', only = '.'] = process.argv.slice(2);
const testdata = new URL('../../src/parsers/testdata/', import.meta.url).pathname;

/** Lines that are kept before what a fork prints and before a crash of a boot, and bytes that are kept of a log at most. */
const linesBefore = 16;
const maxBytes = { crashes: 12_000, clean: 10_000 };

/** What begins a crash of a boot, or what is typed after it. */
const matters = /Kernel panic|Unable to handle|kernel BUG|WARNING:|oom-killer|EXT4-fs error|I\/O error|^\S*\/ # /m;

for (const group of await readdir(raw)) {
  const folder = join(raw, group);
  const boot = await readFile(join(folder, 'boot.raw'), 'latin1').catch(() => '');
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.made'))) {
    const name = file.slice(0, -'.made'.length);
    if (!new RegExp(only).test(`${group}/${name}`)) continue;
    const [kind, made = ''] = (await readFile(join(folder, file), 'utf8')).trim().split('\n') as ['crashes' | 'clean', string];
    const said = await readFile(join(folder, `${name}.raw`), 'latin1').catch(() => '');
    if (!saysSomething(said, kind)) {
      process.stderr.write(`${group}/${name}: nothing to keep\n`);
      continue;
    }
    const console = Buffer.from(trimmed(boot, said, kind), 'latin1');
    const path = join(testdata, kind, `${name}.log`);
    const known = await readFile(path).then(readCorpusLog, () => undefined);
    const expected = known?.expected ?? describeReports(replay(corpusParser(), [console]));
    await writeFile(path, writeCorpusLog({ made, expected, console }));
  }
}

/** A request that the kernel took without a word shows nothing. */
function saysSomething(said: string, kind: string): boolean {
  return kind === 'clean' ? said.length > 20 : /^\[ *\d+\.\d{6}\] |^\S.*\[#1\]|Kernel panic|Call trace/m.test(said);
}

function trimmed(boot: string, said: string, kind: 'crashes' | 'clean'): string {
  if (boot !== '') {
    const before = boot
      .split(/(?<=\n)/)
      .slice(-linesBefore)
      .join('');
    return upTo(before + said, maxBytes[kind]);
  }
  if (said.length <= maxBytes[kind]) return said;
  // A whole boot: its beginning tells which it is, and then comes what matters, or its end.
  const head = upTo(said, maxBytes[kind] / (kind === 'crashes' ? 8 : 2));
  const room = maxBytes[kind] - head.length;
  if (kind === 'clean') return head + said.slice(said.indexOf('\n', said.length - room) + 1);
  const crash = matters.exec(said)?.index ?? said.length;
  const lines = said.slice(head.length, Math.max(head.length, said.lastIndexOf('\n', crash) + 1)).split(/(?<=\n)/);
  const skipped = lines.slice(0, -linesBefore).join('').length;
  return head + upTo(said.slice(head.length + skipped), room);
}

/** Whole lines of the text's beginning. */
function upTo(text: string, bytes: number): string {
  return text.length <= bytes ? text : text.slice(0, text.lastIndexOf('\n', bytes) + 1);
}
