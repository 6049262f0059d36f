import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { faultModule } from '../src/artifacts/index.ts';
import { boot } from '../src/harness/boot.ts';
import { seedingFailure } from '../src/mutants/seeding.ts';
import { kernelFault, type RefusedCall, refusedCalls } from '../src/mutants/seeds.ts';
import { check, definePhase } from '../src/phases/define.ts';
import { Forks } from '../src/phases/forks.ts';
import { guestFor } from '../src/phases/guest.ts';
import type { GuestChange } from '../src/phases/guest-change.ts';
import { a0, type Check } from '../src/phases/index.ts';
import { runCheck } from '../src/phases/run-check.ts';

let folder: string;
/** With an empty cache this fetches the kernel's headers, too. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-mutants-'));
  await faultModule()();
}, 900_000);
afterAll(() => rm(folder, { recursive: true }));

const ownPid = a0.checks.find(({ id }) => id === 'a0.init.getpid') as Check;

async function probeGuest(change: GuestChange) {
  const consoleLogPath = join(folder, `${Math.random()}.log`);
  const { outcome, cause, message } = await runCheck(ownPid, {
    profile: linuxArm64,
    overrides: {},
    change,
    record: () => {},
    consoleLogPath,
    machineId: 'm',
  });
  const unseeded = (await seedingFailure(change, consoleLogPath))?.shortMessage;
  return { outcome, cause, message, unseeded, console: await readFile(consoleLogPath, 'utf8') };
}

/** What the commands print in the shell of a guest with that change. */
async function inShell(change: GuestChange, commands: string): Promise<string> {
  const { profile, options } = guestFor({ init: 'shell' }, linuxArm64, {}, change);
  const machine = await boot(profile, options);
  try {
    return (await machine.shell.run(commands, { captured: true })).output;
  } finally {
    await machine[Symbol.asyncDispose]();
  }
}

test.concurrent('with all that seeds faults, and none seeded, a probe is init as ever', async () => {
  expect(await probeGuest(kernelFault('none'))).toMatchObject({
    outcome: 'PASS',
    unseeded: undefined,
    console: expect.stringContaining('Run /sbin/init as init process'),
  });
});

test.concurrent('a fault of the module is seen by the probe', async () => {
  expect(await probeGuest(kernelFault('getppid-two'))).toMatchObject({
    outcome: 'FAIL',
    cause: 'assertion',
    message: 'a0.init.getppid is FAIL: expected 0, got 2',
    unseeded: undefined,
  });
});

test.concurrent('a system call is refused to the probe', async () => {
  const getppid: RefusedCall = { number: 173, errno: 1 };
  expect(await probeGuest(refusedCalls(getppid))).toMatchObject({
    outcome: 'FAIL',
    message: 'a0.init.getppid is FAIL: expected 0, got -1',
    unseeded: undefined,
  });
});

test.concurrent('a fault that the module doesn’t have is not seeded, and the machine ends', async () => {
  expect(await probeGuest(kernelFault('no-such-fault'))).toMatchObject({
    outcome: 'FAIL',
    cause: 'guest-exit',
    unseeded: 'the fault could not be seeded: module:no-such-fault answered -22',
    console: expect.stringContaining('mutant: no fault is called no-such-fault'),
  });
});

test.concurrent('the shell is what it is without a seeder: arguments, name, parent, environment', async () => {
  const tells = 'tr "\\0" "|" < /proc/$$/cmdline; cat /proc/$$/comm; echo $PPID; tr "\\0" "\\n" < /proc/$$/environ | sort; ulimit -n';
  const [plain, seeded] = await Promise.all([inShell({}, tells), inShell(kernelFault('none'), tells)]);
  expect(seeded).toBe(plain);
  expect(plain).toMatch(/^\/bin\/sh\|-l\|sh\n1\n/);
});

test.concurrent('a system call is refused to the shell and its children, where its argument is the one named', async () => {
  const SIGTERM = 15;
  const where = { argument: 1, mask: 0xff, value: SIGTERM };
  const output = await inShell(
    refusedCalls({ number: 129, errno: 0, where }, { number: 34, errno: 28 }),
    'sh -c "kill -TERM 9999; echo \\$?; kill -0 9999; echo \\$?"; mkdir /tmp/a',
  );
  expect(output).toBe("0\nsh: can't kill pid 9999: No such process\n1\nmkdir: can't create directory '/tmp/a': No space left on device");
});

test('forks of one guest have each their own fault, or none', async () => {
  const listed = definePhase({
    id: 't',
    title: 'test',
    machine: { init: 'shell' },
    source: 'test',
    checks: [
      check('t.proc', '/proc has entries', async ({ shell }) =>
        assert.equal((await shell.run('ls /proc')).output.includes('cpuinfo'), true),
      ),
    ],
  }).checks[0] as Check;
  const forks = new Forks(linuxArm64, {}, []);
  const steps: string[] = [];
  const inFork = (fault: string) =>
    runCheck(listed, {
      profile: linuxArm64,
      overrides: {},
      change: kernelFault(fault),
      forks,
      record: (event) => event.type === 'step' && void steps.push(event.title),
      consoleLogPath: join(folder, `fork-${fault}`),
      machineId: 'm',
    });
  expect(await inFork('none')).toMatchObject({ outcome: 'PASS' });
  expect(await inFork('directories-empty')).toMatchObject({ outcome: 'FAIL', cause: 'assertion' });
  expect(await inFork('none')).toMatchObject({ outcome: 'PASS' });
  expect(await inFork('no-such-fault')).toMatchObject({
    outcome: 'MISS',
    cause: 'harness-fault',
    message: 'the guest could not be changed: the guest powered itself off',
  });
  expect(steps).toContain('run: MUTANT=module:directories-empty /mutant/seed /bin/true');
  expect(steps.filter((title) => title.startsWith('not forked'))).toEqual([]);
});

test('a guest that ends before it came to its seeder was not seeded', async () => {
  const { unseeded } = await probeGuest({ append: ['MUTANT=module:none'] });
  expect(unseeded).toBe('the fault could not be seeded: the guest did not come as far as its seeder');
});

test('a guest that could not be changed from outside is MISS, though it ended meanwhile', async () => {
  const onBooted: GuestChange['onBooted'] = async (machine) => {
    await machine.exited;
    throw new Error('too late');
  };
  const { outcome, cause, message } = await probeGuest({ onBooted });
  expect({ outcome, cause, message }).toEqual({
    outcome: 'MISS',
    cause: 'harness-fault',
    message: 'the guest could not be changed: too late',
  });
});
