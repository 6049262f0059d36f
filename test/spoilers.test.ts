import { afterAll, beforeAll, expect, test } from 'vitest';
import { privateCache } from './private-cache.ts';
import { type UserRun, UserSuite } from './user-suite.ts';

let cache: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ root: cache, remove } = await privateCache());
}, 300_000);
afterAll(() => remove());

/** What a test does with its `shell` that no other test could live with. */
const lasting: Readonly<Record<string, string>> = {
  'fills /tmp': `const { output } = await shell.run('mount -o remount,size=4m /tmp; cat /dev/zero >/tmp/full');
    expect(output).toContain('No space left');`,
  'removes all programs': `expect((await shell.run('rm -rf /bin /sbin /usr; ls')).exitStatus).toBe(127);`,
  'unmounts /proc': `expect((await shell.run('umount -l /proc; ls /proc')).output).toBe('');`,
  'sets the clock back to 1970': `expect((await shell.run('date -s @100000 >/dev/null; date +%Y')).output).toBe('1970');`,
  'uses up the process ids': `const { output } = await shell.run('echo 301 >/proc/sys/kernel/pid_max; while :; do sleep 1000 & done');
    expect(output).toContain("can't fork");`,
};
const spoilers = {
  ...lasting,
  'kills what init started': `await expect(shell.run('kill -9 $$')).rejects.toMatchObject({ code: 'shell-lost' });`,
  'kills every process': `await expect(shell.run('sh -c "kill -9 -1"')).rejects.toMatchObject({ code: 'shell-lost' });`,
};

/** What a test finds on a machine that nobody spoilt. */
const finds = `const { output } = await shell.run(
    'ls /bin/sh; ls /tmp | wc -l; echo x >/tmp/mine && cat /tmp/mine; cat /proc/sys/kernel/pid_max; [ $(date +%Y) -ge 2020 ] && echo now');
    expect(output).toBe('/bin/sh\\n0\\nx\\n32768\\nnow');`;

const panics = `('panics', async ({ snapshot }) => {
  const fork = await snapshot.fork();
  await expect(fork.shell.run('echo c >/proc/sysrq-trigger')).rejects.toMatchObject({ code: 'guest-crash' });
  await fork[Symbol.asyncDispose]();
});`;

/** Each spoiler, and a test of a sound machine with it. */
function fileOf(kind: 'test' | 'test.concurrent'): string {
  const tests = Object.entries(spoilers).map(
    ([does, body]) => `${kind}('${kind} ${does}', async ({ shell }) => { ${body} });
${kind}('${kind} with one that ${does}', async ({ shell }) => { ${finds} });`,
  );
  return [`${kind}${panics}`, ...tests].join('\n');
}

function run(suite: UserSuite): Promise<UserRun> {
  return suite.run({ BRINGUP_CACHE: cache });
}

test('tests that spoil their machine disturb no other: not those after them, beside them, or in another file', async () => {
  await using suite = await UserSuite.create({ after: fileOf('test'), beside: fileOf('test.concurrent') });
  const { exitCode, stdout, stderr, tests } = await run(suite);
  expect(exitCode, stdout + stderr).toBe(0);
  expect(Object.values(tests)).toEqual(Array.from({ length: 1 + 4 * Object.keys(spoilers).length }, () => 'passed'));
}, 600_000);

test('on a machine that tests share each of them would', async () => {
  const files = Object.entries(lasting).map(([does, body], index) => [
    `shared-${index}`,
    `test('${does}', async ({ sharedMachine: { shell } }) => { ${body} });
test('after one that ${does}', async ({ sharedMachine: { shell } }) => { ${finds} });`,
  ]);
  await using suite = await UserSuite.create(Object.fromEntries(files));
  const { tests } = await run(suite);
  const expected = Object.keys(lasting).flatMap((does) => [
    [does, 'passed'],
    [`after one that ${does}`, 'failed'],
  ]);
  expect(tests).toEqual(Object.fromEntries(expected));
}, 600_000);

test('tests that ask for the shared machine at the same time get one', async () => {
  const each = (name: string): string => `test.concurrent('${name}', async ({ sharedMachine }) => {
  pids.add(sharedMachine.pid);
  await sharedMachine.shell.run('true');
  expect(pids.size).toBe(1);
});`;
  await using suite = await UserSuite.create({ shared: ['const pids = new Set();', each('one'), each('two'), each('three')].join('\n') });
  const { stdout, stderr, tests } = await run(suite);
  expect(tests, stdout + stderr).toEqual({ one: 'passed', two: 'passed', three: 'passed' });
}, 240_000);
