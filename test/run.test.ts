import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { extract } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent, RunEventOf } from '../src/model/index.ts';
import { buildRunModel, readRecord } from '../src/reporters/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-run-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function bringup(...argv: string[]) {
  const cli = join(root, 'src', 'cli', 'main.ts');
  return execa(process.execPath, ['--conditions=bringup-source', cli, ...argv], {
    reject: false,
    all: true,
    env: { CI: 'true', GITHUB_ACTIONS: '' },
  });
}

async function recordOf(out: string): Promise<readonly RunEvent[]> {
  return (await readRecord(join(out, 'run.jsonl'))).events;
}

function finished(events: readonly RunEvent[]): Record<string, RunEventOf<'check.finished'>> {
  return Object.fromEntries(events.flatMap((event) => (event.type === 'check.finished' ? [[event.check, event]] : [])));
}

async function profile(name: string, fields: object): Promise<string> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ id: name, extends: 'linux-arm64', ...fields }));
  return file;
}

describe('a run on the reference kernel', () => {
  test('says PASS, and its record tells what ran on what', async () => {
    const out = join(folder, 'pass');
    const { exitCode, all, stdout } = await bringup('run', 'a1', '--grep', 'a1\\.(boot|echo)', '--out', out, '--append', 'bringup.test=1');
    expect(exitCode, all).toBe(0);
    expect(stdout).toContain('PASS a1.echo.hi');
    expect(stdout).toContain(`report: ${join(out, 'index.html')}`);
    expect((await readdir(out)).sort()).toEqual(['index.html', 'junit.xml', 'run.jsonl', 'summary.md']);

    const events = await recordOf(out);
    expect(events[0]).toMatchObject({ type: 'run.started', profile: { id: 'linux-arm64' }, phases: ['a1'] });
    const started = events[0] as RunEventOf<'run.started'>;
    expect(started.profile.cmdline).toContain('bringup.test=1');
    expect(started.artifacts.find(({ role }) => role === 'kernel')).toMatchObject({
      name: expect.stringMatching(/^linux-image-.*cloud-arm64$/),
      version: expect.stringMatching(/^\d+\.\d+/),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(events.some((event) => event.type === 'boot.marker')).toBe(true);
    // The check's machine was frozen for others perhaps, and read for that: steps of its own.
    expect(events.find((event) => event.type === 'step' && event.title === 'run: echo hi')).toMatchObject({
      check: 'a1.echo.hi',
      ok: true,
      exitStatus: 0,
      output: 'hi',
    });
    expect(events.find((event) => event.type === 'console' && event.check === 'a1.boot.prompt')).toMatchObject({
      head: expect.stringContaining('Booting Linux'),
    });
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', exitCode: 0, counts: { PASS: 2 }, errors: [] });
    // Neither the clone's nor the user's folders are anybody else's business.
    const text = await readFile(join(out, 'run.jsonl'), 'utf8');
    expect(text).not.toContain(root);
    expect(text).not.toContain(folder);
  });

  test('a declared deviation is SKIP with its reason; one that does not show is FAIL', async () => {
    const reason = 'this kernel has other ideas';
    const own = await profile('deviant', {
      deviations: { 'a1.echo.hi': reason, 'a1.boot.prompt': reason },
      bootMarkers: [{ id: 'never', pattern: 'no such line' }],
    });
    const out = join(folder, 'deviant');
    const { exitCode, all } = await bringup('run', 'a1', '--profile', own, '--grep', 'a1\\.(echo|boot)', '--out', out);
    expect(exitCode, all).toBe(1);
    const checks = finished(await recordOf(out));
    expect(checks['a1.boot.prompt']).toMatchObject({ outcome: 'SKIP', cause: 'assertion', deviation: reason });
    expect(checks['a1.echo.hi']).toMatchObject({
      outcome: 'FAIL',
      cause: 'assertion',
      message: expect.stringContaining('declares a deviation'),
      deviation: reason,
    });

    expect(checks['a1.boot.prompt']?.bundle).toBeNull();
    expect(checks['a1.echo.hi']?.bundle).toBe('bundles/a1.echo.hi.tar.gz');
    const unpacked = await mkdtemp(join(folder, 'bundle-'));
    await extract({ file: join(out, 'bundles', 'a1.echo.hi.tar.gz'), cwd: unpacked });
    expect(JSON.parse(await readFile(join(unpacked, 'check.json'), 'utf8'))).toMatchObject({ check: 'a1.echo.hi', outcome: 'FAIL' });
    const console = await readFile(join(unpacked, 'machine.console'));
    expect(createHash('sha256').update(console).digest('hex')).toBe(checks['a1.echo.hi']?.consoleSha256);
  });

  test('what the command line sets holds for the checks, too', async () => {
    const out = join(folder, 'two-vcpus');
    const { exitCode, all } = await bringup('run', 'a1', '--grep', 'cpuinfo', '--out', out, '--vcpus', '2', '--memory', '128');
    expect(exitCode, all).toBe(0);
    expect((await recordOf(out)).find((event) => event.type === 'machine.started')).toMatchObject({ vcpus: 2, memoryMiB: 128 });
  });

  test('only MISS is tried again, and each try is in the record', async () => {
    const out = join(folder, 'retried');
    const { exitCode, all } = await bringup(
      'run',
      'a1',
      '--grep',
      'a1\\.echo',
      '--out',
      out,
      '--retries',
      '1',
      '--qemu-arg',
      '-no-such-option',
    );
    expect(exitCode, all).toBe(3);
    const checks = finished(await recordOf(out));
    const aTry = { outcome: 'MISS', cause: 'harness-fault', message: expect.stringContaining('no-such-option') };
    expect(checks['a1.echo.hi']).toMatchObject({ ...aTry, tries: [aTry, aTry] });
  });

  test('two shards, merged, hold the same checks with the same outcomes as one run', async () => {
    const argv = ['run', 'a1', '--grep', 'a1\\.(echo|sh)\\.'];
    const outs = ['whole', 'one', 'two'].map((name) => join(folder, name)) as [string, string, string];
    for (const [out, ...shard] of [[outs[0]], [outs[1], '--shard', '1/2'], [outs[2], '--shard', '2/2']] as const) {
      const { exitCode, all } = await bringup(...argv, '--out', out, ...shard);
      expect(exitCode, all).toBe(0);
    }
    const merged = join(folder, 'merged');
    const { exitCode, all } = await bringup('report', outs[1], outs[2], '--out', merged);
    expect(exitCode, all).toBe(0);
    const shape = async (out: string) =>
      buildRunModel(await recordOf(out)).phases.map(({ id, checks }) => [id, checks.map((check) => [check.id, check.outcome])]);
    expect((await shape(merged))[0]?.[1]).toHaveLength(3);
    expect(await shape(merged)).toEqual(await shape(outs[0]));
    expect((await shape(outs[1]))[0]?.[1]).toHaveLength(2);
  });
});

describe('wrong usage ends with 2, before anything runs, and says what to do', () => {
  test.each([
    [['run'], /expected at least one phase/],
    [['run', 'a9'], /unknown phase "a9".*did you mean a\d/s],
    [['run', 'a1', '--grep', 'nothing-like-it'], /matches none of \d+ checks/],
    [['run', 'a1', '--grep', '('], /--grep: Invalid regular expression/],
    [['run', 'a1', '--shard', '3/2'], /--shard: expected i\/n/],
    [['run', 'a1', '--memory', 'much'], /--memory: expected a whole number/],
    [['run', 'a1', '--profile', 'nobody'], /no profile "nobody".*linux-arm64/s],
    [['run', 'a1', '--kernel', '/no/such/Image'], /kernel Image can’t be read \(ENOENT\)/],
    [['run', 'a1', '--kernel', 'README.md'], /not a kernel image.*begins with/s],
    [['run', 'a1', '--gerp', 'x'], /--gerp.*--grep/s],
  ])('%j', async (argv, expected) => {
    const { exitCode, all } = await bringup(...argv);
    expect(all).toMatch(expected);
    expect(exitCode).toBe(2);
  });

  test('a deviation for a check that does not exist', async () => {
    const own = await profile('misspelt', { deviations: { 'a1.echo.hello': 'no such check', 'f.journal.later': 'a phase to come' } });
    const { exitCode, all } = await bringup('run', 'a1', '--profile', own);
    expect(all).toMatch(/deviations name no check: a1\.echo\.hello$/m);
    expect(exitCode).toBe(2);
  });

  test('a profile without a shell, for a phase that needs one', async () => {
    const own = await profile('shell-less', { shellDialect: 'none' });
    const { exitCode, all } = await bringup('run', 'a1', '--profile', own);
    expect(all).toMatch(/needs a guest with a shell.*shellDialect "none"/);
    expect(exitCode).toBe(2);
  });

  test('a profile with wrong fields: each is named', async () => {
    const own = await profile('wrong', { memoryMiB: 'lots', vcpu: 2 });
    const { exitCode, all } = await bringup('run', 'a1', '--profile', own);
    expect(all).toMatch(/memoryMiB: .*vcpu/s);
    expect(exitCode).toBe(2);
  });
});
