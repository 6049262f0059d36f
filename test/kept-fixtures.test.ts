import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, KeptUser, root, until } from './kept-run.ts';

let user: KeptUser;
let folder: string;
beforeEach(async () => {
  user = await KeptUser.create();
  // Inside the package, so that `bringup` resolves to it.
  folder = await mkdtemp(join(root, 'test', 'tmp-kept-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await user[Symbol.asyncDispose]();
});

const tests = `
import { expect, test } from 'bringup/vitest';

test('one that passes', async ({ shell }) => {
  expect((await shell.run('echo fine')).output).toBe('fine');
});
test('one that fails', async ({ shell }) => {
  await shell.run('echo left >/tmp/file');
  expect((await shell.run('echo hi')).output).toBe('ho');
});
test.fails('one that is to fail', async ({ shell }) => {
  expect((await shell.run('echo hi')).output).toBe('ho');
});
test('one that powers its machine off', async ({ console, machine }) => {
  await console.send('poweroff\\n');
  await machine.exited;
});
test('one that fails on the shared machine', async ({ sharedMachine }) => {
  await sharedMachine.shell.run('echo shared >/tmp/file');
  expect.fail('not so');
});
`;

/** Vitest on a file of a user's own. */
function runVitest(env: Record<string, string>) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const run = execa(process.execPath, [vitest, 'run', '--root', root, join(folder, 'own.test.ts')], {
    reject: false,
    all: true,
    env: { ...user.env, ...env },
  });
  user.holds(run);
  return run;
}

/** Vitest on that file, once it waits for the end of the machines that it keeps, and what it said until then. */
async function runUntilKept() {
  const run = runVitest({ BRINGUP_KEEP_FAILED: '1' });
  let said = '';
  run.all.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await until(
    () => said.includes('waits for the end of its kept machines'),
    () => `the file to wait: ${said}`,
  );
  return { run, said };
}

test('with BRINGUP_KEEP_FAILED the machines of failed tests outlive them, and the file ends when they did', async () => {
  await writeFile(join(folder, 'own.test.ts'), tests);
  const { run, said } = await runUntilKept();
  const ids = [...said.matchAll(/machine kept: bringup attach (\S+)/g)].map((match) => match[1] as string);
  expect(ids, said).toEqual([
    expect.stringMatching(/^one-that-fails-[0-9a-f]{4}$/),
    expect.stringMatching(/^one-that-fails-on-the-shared-machine-[0-9a-f]{4}$/),
  ]);
  expect(said).toContain('machine not kept: QEMU ended (guest-shutdown)');

  for (const [index, left] of ['left', 'shared'].entries()) {
    const attached = user.attach(ids[index] as string);
    await attached.prompt();
    attached.send('cat /tmp/file\n');
    await attached.shows(`\r\n${left}\r\n`);
    attached.end();
    expect(await attached.said()).toContain('FAIL (assertion)');
  }
  const list = (await user.bringup('attach')).stdout;
  const pids = [...list.matchAll(/ (\d+) +FAIL/g)].map((match) => Number(match[1]));
  expect(pids.map(isAlive)).toEqual([true, true]);

  expect(await user.bringup('attach', '--end', 'all')).toMatchObject({ exitCode: 0 });
  const { exitCode, all } = await run;
  expect(exitCode, all).toBe(1);
  expect(all).toMatch(/3 failed \| 1 passed \| 1 expected fail/);
  expect(pids.map(isAlive)).toEqual([false, false]);
  expect(await user.sockets()).toEqual([]);
});

test('a vitest that dies by SIGKILL takes the kept machines with it', async () => {
  await writeFile(join(folder, 'own.test.ts'), tests);
  const { run } = await runUntilKept();
  const pids = [...(await user.bringup('attach')).stdout.matchAll(/ (\d+) +FAIL/g)].map((match) => Number(match[1]));
  expect(pids).toHaveLength(2);
  run.kill('SIGKILL');
  await run;
  await until(
    () => !pids.some(isAlive),
    () => 'the QEMUs to be gone',
  );
  expect((await user.bringup('attach')).stdout).toBe('no machine is kept');
});

test('in CI each test fails, and says why', async () => {
  await writeFile(join(folder, 'own.test.ts'), tests);
  const { exitCode, all } = await runVitest({ BRINGUP_KEEP_FAILED: '1', CI: 'true' });
  expect(exitCode, all).toBe(1);
  expect(all).toContain('BRINGUP_KEEP_FAILED waits until somebody ends the machines that it keeps');
});
