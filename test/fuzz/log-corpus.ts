import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crashSamples } from '../../src/parsers/testing/crash-samples.ts';

const folder = join(import.meta.dirname, '../../src/parsers/testdata');

/** Every console log that the parsers' tests have, and all samples of crashes as one. */
export async function logCorpus(): Promise<readonly Buffer[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.log')).sort();
  const logs = await Promise.all(names.map((name) => readFile(join(folder, name))));
  const samples = Object.values(crashSamples).flatMap((all) => all.map(([line]) => `${line}\n`));
  return [...logs, Buffer.from(samples.join(''))];
}
