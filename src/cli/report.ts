import { cp, stat } from 'node:fs/promises';
import { join, normalize, relative } from 'node:path';
import { BringupError } from '../model/errors.ts';
import type { RunEvent } from '../model/run-event.ts';
import { mergeRecords } from '../reporters/merge.ts';
import { readRecord } from '../reporters/record-reader.ts';
import { renderReports } from '../reporters/render-reports.ts';
import { recordFile, reportFiles } from '../reporters/report-files.ts';
import { buildRunModel } from '../reporters/run-model.ts';
import { verdictOf } from '../reporters/verdict.ts';
import { writeAtomic } from '../reporters/write-atomic.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';

const usage = `usage: bringup report DIR|JSONL... --out DIR

Merges the records of one run's shards and renders the reports: run.jsonl, junit.xml, index.html and summary.md.
An argument is a folder that \`bringup run\` wrote, or a run.jsonl.

  --out DIR   folder to write to, made where it is missing

The exit code is the run's, so that a job that merges shards can be the one gate: 0 all passed, 1 a check failed,
3 infrastructure only, also where a shard is missing or was interrupted. It is 2 where nothing could be rendered.
`;

export const command: Command = {
  name: 'report',
  summary: 'merge records of shards and render the reports',
  usage,
  async run(argv, io) {
    const { values, positionals } = parseArguments(argv, { out: { type: 'string' } });
    if (values.out === undefined)
      throw new BringupError('usage', 'expected --out DIR, where to write', { hint: 'see bringup report --help.' });
    if (positionals.length === 0) {
      throw new BringupError('usage', 'expected at least one record, got none', { hint: 'name the folders that `bringup run` wrote.' });
    }
    const records: RunEvent[][] = [];
    for (const path of positionals) {
      const { events, cut } = await readInput(await recordPath(path));
      if (cut) io.stderr.write(`bringup: ${path}: the last line was cut short and is left out\n`);
      records.push([...events]);
    }
    const merged = mergeRecords(records);
    const model = buildRunModel(merged);
    await renderReports(values.out, model);
    await copyBundles(positionals, records, values.out);
    await writeAtomic(join(values.out, recordFile), merged.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const { outcome, counts } = verdictOf(model);
    io.stdout.write(`${outcome}: ${counts}\nreport: ${join(values.out, reportFiles.html)}\n`);
    return model.exitCode;
  },
};

async function recordPath(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  return isFolder ? join(path, recordFile) : path;
}

/** Errors of a record's content name the file: several are read. */
async function readInput(path: string): ReturnType<typeof readRecord> {
  try {
    return await readRecord(path);
  } catch (error) {
    if (!(error instanceof BringupError) || error.code !== 'record-invalid') throw error;
    throw new BringupError('record-invalid', `${path}: ${error.shortMessage}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

/** Reports name bundles by their path below the report's folder, so they come along. */
async function copyBundles(inputs: readonly string[], records: readonly (readonly RunEvent[])[], out: string): Promise<void> {
  for (const [index, events] of records.entries()) {
    const from = relative('.', join(await recordPath(inputs[index] as string), '..')) || '.';
    for (const event of events) {
      if (event.type !== 'check.finished' || event.bundle === null) continue;
      const bundle = normalize(event.bundle);
      if (bundle.startsWith('..') || bundle.startsWith('/')) continue;
      const [source, target] = [join(from, bundle), join(out, bundle)];
      if (relative(source, target) !== '') await cp(source, target, { recursive: true }).catch(ignoreMissing);
    }
  }
}

/** A bundle that was not kept with its record costs the reports nothing. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
