import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CorpusLog, corpusParser, describeReports, readCorpusLog } from './testing/corpus.ts';
import { replay } from './testing/replay.ts';

const folder = new URL('testdata/crashes/', import.meta.url);
const logs = readdirSync(folder).map((name): CorpusLog & { name: string } => ({
  name,
  ...readCorpusLog(readFileSync(new URL(name, folder))),
}));

/** What differs from one occurrence of a crash to the next. `salt` is at least 1, so that every number changes. */
interface Occurrence {
  readonly salt: number;
  readonly pidsAdded: number;
  readonly cpusAdded: number;
}

const occurrence: fc.Arbitrary<Occurrence> = fc.record({
  salt: fc.integer({ min: 1, max: 0xffff }),
  pidsAdded: fc.integer({ min: 1, max: 9_000 }),
  cpusAdded: fc.integer({ min: 1, max: 100 }),
});

/** The same crash at other addresses, by another process, on another CPU: the same number becomes the same one everywhere. */
function again(text: string, { salt, pidsAdded, cpusAdded }: Occurrence): string {
  const address = (digits: string): string =>
    digits.replace(/[0-9a-f]{4}$/, (low) => (Number.parseInt(low, 16) ^ salt).toString(16).padStart(4, '0'));
  const more = (by: number) => (_: string, before: string, digits: string) => `${before}${Number(digits) + by}`;
  return (
    text
      // Kernel addresses; words of SIS's and Linux's fixed numbers (ESR, exit codes, rules of zeros) are none.
      .replaceAll(/(?<![0-9a-z])(?:0x)?ffff[0-9a-f]{12}(?![0-9a-z])/g, address)
      .replaceAll(/(\bPID: )(\d+)/g, more(pidsAdded))
      .replaceAll(/(by task [^\n]{1,16}\/|\bpid[ =:]{1,2})(\d+)/g, more(pidsAdded))
      .replaceAll(/(\bCPU: |\bCPU#)(\d+)/g, more(cpusAdded))
  );
}

const titlesIn = (description: string): string[] =>
  description.split('\n').filter((line) => /^(?:title|leads to|class|function): /.test(line));

test('titles, classes and functions of real and of written crashes stay the same at other addresses, PIDs and CPUs', () => {
  const property = fc.property(fc.constantFrom(...logs), occurrence, ({ name, console: bytes, expected }, other) => {
    const text = Buffer.from(bytes).toString('latin1');
    const found = describeReports(replay(corpusParser(), [Buffer.from(again(text, other), 'latin1')]));
    expect(titlesIn(found), name).toEqual(titlesIn(expected));
  });
  fc.assert(property, { numRuns: 400 });
});

test('every crash of the corpus is changed by that, but for those that tell no numbers', () => {
  const other = { salt: 1, pidsAdded: 1, cpusAdded: 1 };
  const same = logs.filter(({ console: bytes }) => {
    const text = Buffer.from(bytes).toString('latin1');
    return again(text, other) === text;
  });
  expect(same.length).toBeLessThan(logs.length / 10);
});
