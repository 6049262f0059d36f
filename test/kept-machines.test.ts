import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunEventOf } from '../src/model/index.ts';
import { readRecord } from '../src/reporters/index.ts';
import { impatientMs, withInit } from './broken-guest.ts';
import { isAlive, KeptUser, root, until } from './kept-run.ts';

let user: KeptUser;
beforeEach(async () => {
  user = await KeptUser.create();
});
afterEach(() => user[Symbol.asyncDispose]());

const oneFails = { deviations: { 'a1.echo.hi': 'it must fail' } };

/** A run that keeps failed checks' machines, and says so or has ended. In a process group of its own, as a terminal's jobs are. */
async function startRun(fields: object, grep: string, ...argv: string[]) {
  const out = join(user.folder, 'out');
  const profile = await user.profile(fields);
  const cli = ['--conditions=bringup-source', join(root, 'src', 'cli', 'main.ts')];
  const run = execa(
    process.execPath,
    [...cli, 'run', 'a0', 'a1', '--keep-failed', '--profile', profile, '--grep', grep, '--out', out, ...argv],
    { reject: false, all: true, env: user.env, detached: true },
  );
  user.holds(run);
  let said = '';
  let hasEnded = false;
  void run.finally(() => {
    hasEnded = true;
  });
  run.all.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await until(
    () => said.includes('Attach from another terminal') || hasEnded,
    () => `the run to have ended its checks: ${said}`,
  );
  return {
    run,
    out,
    said: () => said,
    ids: [...said.matchAll(/^\S+: machine kept: bringup attach (\S+)$/gm)].map((match) => match[1] as string),
  };
}

async function qemuOf(id: string): Promise<number> {
  const { stdout } = await user.bringup('attach');
  return Number(new RegExp(`^${id} .* (\\d+) +FAIL`, 'm').exec(stdout)?.[1]);
}

async function finished(out: string): Promise<RunEventOf<'check.finished'>[]> {
  const { events } = await readRecord(join(out, 'run.jsonl'));
  expect(events.at(-1)?.type).toBe('run.finished');
  return events.filter((event) => event.type === 'check.finished');
}

describe('a failed check’s machine', () => {
  test('is kept when the reports are written, is talked to, and ends when it is told to', async () => {
    const { run, out, ids, said } = await startRun(oneFails, 'a0\\.init|a1\\.(echo|sh)\\.');
    expect(ids, said()).toEqual([expect.stringMatching(/^a1\.echo\.hi-[0-9a-f]{4}$/)]);
    const [id] = ids as [string];

    const checks = await finished(out);
    expect(checks.map(({ check, outcome }) => [check, outcome]).sort()).toEqual([
      ['a0.init.getpid', 'PASS'],
      ['a1.echo.hi', 'FAIL'],
      ['a1.sh.exit-42', 'PASS'],
      ['a1.sh.true', 'PASS'],
    ]);
    expect(await readdir(out)).toEqual(expect.arrayContaining(['index.html', 'junit.xml', 'run.jsonl', 'summary.md']));
    expect(await readFile(join(out, 'run.jsonl'), 'utf8')).toContain(`machine kept: bringup attach ${id}`);
    expect(checks.find(({ check }) => check === 'a1.echo.hi')?.consoleSha256).toMatch(/^[0-9a-f]{64}$/);

    const { stdout: list } = await user.bringup('attach');
    expect(list.split('\n')[1]).toMatch(new RegExp(`^${id} +a1\\.echo\\.hi +20\\S+Z +\\d+ +FAIL \\(assertion\\)$`));
    const pid = await qemuOf(id);

    const first = user.attach(id);
    await first.prompt();
    // Typed by nobody: the echo has a quote in it that the answer has not.
    first.send('echo the"re"\n');
    await first.shows('\r\nthere\r\n');
    const refused = await user.bringup('attach', id);
    expect(refused).toMatchObject({ exitCode: 2, all: expect.stringContaining('somebody else is attached') });
    first.end();
    // The guest stands as the check left it: its last line may have been on the way.
    expect(await first.said()).toMatch(
      /a1\.echo\.hi, FAIL \(assertion\); its last lines:\n[\s\S]*\nhi\n[\s\S]*\nbringup: left; the machine is kept/,
    );

    expect(isAlive(pid)).toBe(true);
    expect(await user.bringup('attach', '--end', id)).toMatchObject({ exitCode: 0, stdout: `ended ${id}` });
    expect(isAlive(pid)).toBe(false);
    expect(await run).toMatchObject({ exitCode: 1 });
    expect(await user.sockets()).toEqual([]);
    expect(await readdir(out)).not.toContain('.work');
  });

  test('has a console that is byte-exact both ways, and a terminal in raw mode', async () => {
    const { run, ids } = await startRun(oneFails, 'a1\\.echo');
    const [id] = ids as [string];
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

    const piped = user.attach(id);
    await piped.prompt();
    piped.send('stty raw -echo; echo re"ad"y; head -c 256 >/tmp/all; cat /tmp/all; echo don"e"; stty sane\n');
    await piped.shows('ready');
    piped.send(all);
    await piped.shows('done');
    const start = piped.output.lastIndexOf('ready\n') + 'ready\n'.length;
    expect(piped.output.subarray(start, start + 256)).toEqual(all);
    piped.end();
    await piped.process;

    const terminal = user.attachTerminal(id);
    await terminal.shows('Ctrl-] leaves');
    await terminal.shows('done');
    await terminal.prompt();
    // Its trap is there before it says so: a shell that is about to start a program may lose a Ctrl-C.
    terminal.send(`sh -c 'trap "echo c""aught; exit" INT; echo st""arted; while :; do :; done'\r`);
    await terminal.shows('started\r\n');
    terminal.send('\x03');
    await terminal.shows('caught\r\n');
    // What is typed before the prompt may be lost: the line editor flushes its input.
    await until(
      () => terminal.output.toString().endsWith('/ # '),
      () => `the prompt: ${JSON.stringify(terminal.output.toString().slice(-200))}`,
    );
    terminal.send('echo left"-over" >/tmp/file\r\x1dnever sent');
    await terminal.shows('bringup: left; the machine is kept');
    await terminal.process;

    const again = user.attach(id);
    await again.prompt();
    again.send('cat /tmp/file; poweroff\n');
    await again.shows('left-over\r\n');
    expect(await again.said()).toContain('the machine ended');
    // The guest's own end counts as well.
    expect(await run).toMatchObject({ exitCode: 1 });
    expect(await user.sockets()).toEqual([]);
  });

  test('that hung in its boot is kept, and takes no CPU until somebody attaches', async () => {
    const { path } = await withInit('#!/bin/sh\necho spin"ning"\nwhile :; do :; done\n')();
    const { run, ids, said } = await startRun({ timeouts: { bootMs: impatientMs } }, 'a1\\.echo', '--initramfs', path);
    expect(ids, said()).toHaveLength(1);
    const [id] = ids as [string];
    const pid = await qemuOf(id);
    const ticks = async (): Promise<number> => {
      const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
      return Number(fields[11]) + Number(fields[12]);
    };
    const before = await ticks();
    await sleep(2_000);
    expect((await ticks()) - before).toBeLessThan(10);

    const attached = user.attach(id);
    await until(
      async () => (await ticks()) - before > 50,
      () => 'the guest to spin again',
    );
    attached.process.kill();
    expect(await attached.said()).toContain('guest-hang');
    await user.bringup('attach', '--end', 'all');
    expect(await run).toMatchObject({ exitCode: 1 });
  });

  test('that panicked is gone with its QEMU: the run says so, and waits for nothing', async () => {
    const { path } = await withInit('#!/bin/sh\nexit 3\n')();
    const { run, said } = await startRun({}, 'a1\\.echo', '--initramfs', path);
    expect(await run).toMatchObject({ exitCode: 1 });
    expect(said()).toContain('a1.echo.hi: machine not kept: QEMU ended (guest-reset)');
    expect(await user.sockets()).toEqual([]);
  });
});

describe('a run that holds machines', () => {
  test.each([
    ['SIGINT', 'to its group, as Ctrl-C sends it', (pid: number) => process.kill(-pid, 'SIGINT')],
    ['SIGTERM', 'to itself', (pid: number) => process.kill(pid, 'SIGTERM')],
  ])('ends on %s %s, with its own exit code, and leaves nothing', async (_, __, signal) => {
    const { run, out, ids } = await startRun(oneFails, 'a1\\.(echo|sh)\\.');
    const pid = await qemuOf(ids[0] as string);
    expect(isAlive(pid)).toBe(true);
    signal(run.pid as number);
    expect(await run).toMatchObject({ exitCode: 1 });
    await until(
      () => !isAlive(pid),
      () => 'QEMU to be gone',
      10_000,
    );
    expect(await user.sockets()).toEqual([]);
    expect(await readdir(out)).not.toContain('.work');
    await finished(out);
  });

  test('that dies by SIGKILL takes them with it', async () => {
    const { run, ids } = await startRun(oneFails, 'a1\\.echo');
    const pid = await qemuOf(ids[0] as string);
    run.kill('SIGKILL');
    await run;
    await until(
      () => !isAlive(pid),
      () => 'QEMU to be gone',
      10_000,
    );
    expect((await user.bringup('attach')).stdout).toBe('no machine is kept');
    expect((await user.bringup('attach', ids[0] as string)).all).toContain(`no machine "${ids[0]}" is kept`);
  });
});

describe('wrong usage ends with 2', () => {
  test.each([
    [['attach', 'nobody-0000'], /no machine "nobody-0000" is kept.*bringup attach/s],
    [['attach', 'one', 'two'], /expected one machine, got 2/],
    [['attach', '--end'], /expected the machines to end, got none/],
  ])('%j', async (argv, expected) => {
    const { exitCode, all } = await user.bringup(...argv);
    expect(all).toMatch(expected);
    expect(exitCode).toBe(2);
  });

  test('--keep-failed in CI, where nobody ends a machine', async () => {
    const argv = ['--conditions=bringup-source', join(root, 'src', 'cli', 'main.ts'), 'run', 'a1', '--keep-failed'];
    const { exitCode, all } = await execa(process.execPath, argv, { reject: false, all: true, env: { ...user.env, CI: 'true' } });
    expect(all).toMatch(/--keep-failed waits until somebody ends.*CI=true.*unset CI/s);
    expect(exitCode).toBe(2);
  });

  test('a folder of kept machines that others may enter', async () => {
    await execa('mkdir', ['-m', '755', join(user.runtimeDir, 'bringup-kept')]);
    const { exitCode, all } = await user.bringup('attach');
    expect(all).toContain('is not this user’s alone');
    expect(exitCode).toBe(3);
  });
});
