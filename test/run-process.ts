import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { RunEvent, RunEventOf } from '../src/model/index.ts';
import { buildRunModel, readRecord } from '../src/reporters/index.ts';

export const cliArgv = ['--conditions=bringup-source', fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))];

/** The environment of a run in CI whose temporary files go to a folder of their own, which is made. */
export async function runEnv(temporary: string): Promise<Record<string, string>> {
  await mkdir(temporary, { recursive: true });
  return { CI: 'true', GITHUB_ACTIONS: '', TMPDIR: temporary };
}

/** `bringup run` with these arguments, reports in `out`; not waited for. */
export function startRun(out: string, env: Record<string, string>, argv: readonly string[]) {
  return execa(process.execPath, [...cliArgv, 'run', ...argv, '--out', out], { reject: false, all: true, env });
}

/** A run's record, which must be valid as it is, and give a model. */
export async function recordOf(out: string) {
  const { events, cut } = await readRecord(join(out, 'run.jsonl'));
  return { events, cut, model: buildRunModel(events), checks: finished(events) };
}

function finished(events: readonly RunEvent[]): RunEventOf<'check.finished'>[] {
  return events.filter((event) => event.type === 'check.finished');
}
