import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { whileCrowdedOut } from '../bench/crowded-out.ts';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import { type CheckBody, check, definePhase } from '../src/phases/define.ts';
import { type CheckResult, runCheck } from '../src/phases/run-check.ts';
import { failureOf, patient, patientMs, wholePanic } from './broken-guest.ts';
import { processesNaming } from './processes.ts';

/** What users report of other harnesses, each with a guest on which a harness that has the fault fails. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-ten-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function verdictOf(id: string, run: CheckBody): Promise<CheckResult & { console: string }> {
  const checks = [check(`x.${id}`, id, { budgetMs: patientMs }, run)];
  const phase = definePhase({ id: 'x', title: 'x', source: 'x', machine: { init: 'shell' }, checks });
  const consoleLogPath = join(folder, id);
  const result = await runCheck(phase.checks[0] as never, {
    profile: patient,
    overrides: {},
    record: () => {},
    consoleLogPath,
    machineId: 'machine',
  });
  return { ...result, console: await readFile(consoleLogPath, 'utf8') };
}

test('1. a kernel message in the middle of a result line: the result is whole', async () => {
  await using machine = await boot(patient, { append: ['printk.devkmsg=on'] });
  const wire: string[] = [];
  machine.console.onLine(({ text }) => wire.push(text));
  const result = await machine.shell.run("printf 'RESULT: '; echo '<1>in the middle' >/dev/kmsg; printf 'PASS\\n'; (exit 3)");
  expect(wire.find((text) => text.endsWith('] in the middle'))).toMatch(/^RESULT: \[ *\d+\.\d{6}\]/);
  expect(result).toMatchObject({ output: 'RESULT: PASS', exitStatus: 3 });
});

test('2. QEMU’s exit code 0 is no pass, and a panic that ends it with 0 is none', async () => {
  const powersOff = await verdictOf('exit-0', async ({ console, machine }) => {
    await console.send('poweroff -f\n');
    expect((await machine.exited).exitCode).toBe(0);
  });
  expect(powersOff).toMatchObject({ outcome: 'FAIL', cause: 'guest-exit' });
  const panics = await verdictOf('panic-0', async ({ console, machine }) => {
    await console.send('echo 1 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger\n');
    expect((await machine.exited).exitCode).toBe(0);
  });
  expect(panics).toMatchObject({ outcome: 'FAIL', cause: 'guest-crash' });
});

test('3. a dead guest does not cost the time that a wait may take', async () => {
  const startedAtMs = performance.now();
  const error = await failureOf(patient, { append: ['panic=0'] }, async ({ console }) => {
    await console.send('echo c >/proc/sysrq-trigger\n');
    await console.expect('what never comes', { timeoutMs: patientMs });
  });
  expect(error.failureCause).toBe('guest-crash');
  expect(performance.now() - startedAtMs).toBeLessThan(patientMs / 4);
});

test('4. a harness that is killed leaves no QEMU that would hold its output pipe', async () => {
  const name = folder.split('/').at(-1) as string;
  const script = join(import.meta.dirname, 'supervised-process.ts');
  const child = execa(process.execPath, ['--conditions=bringup-source', script, name], { reject: false, env: { TMPDIR: folder } });
  await new Promise<void>((resolve) => child.stdout.on('data', (text) => String(text).includes('prompt') && resolve()));
  child.kill('SIGKILL');
  // Settles when the pipe's last writer is gone.
  expect((await child).signal).toBe('SIGKILL');
  expect(await processesNaming(`-name\0${name}`)).toEqual([]);
});

test('5. a console that nobody waits on stalls no guest', async () => {
  await using machine = await boot(patient);
  const sizeBytes = 600_000;
  await machine.shell.run(`(head -c ${sizeBytes} /dev/zero | tr '\\0' x >/dev/console; echo whole >/tmp/written) >/dev/null 2>&1 &`);
  const { bytesReceived } = machine.console;
  // Neither a wait nor a reader: only the number of bytes is looked at.
  while (machine.console.bytesReceived - bytesReceived < sizeBytes) await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await machine.shell.run('while [ ! -s /tmp/written ]; do sleep 0.1; done; cat /tmp/written')).toMatchObject({ output: 'whole' });
});

test('6. what is typed right after the prompt arrives, however slow the guest is', async () => {
  await using machine = await boot(patient);
  // It gets a tenth of the time, in slices.
  const slices = setInterval(() => {
    process.kill(machine.pid, 'SIGSTOP');
    setTimeout(() => process.kill(machine.pid, 'SIGCONT'), 45);
  }, 50);
  try {
    for (let n = 0; n < 16; n += 2) {
      const text = `${n}-${'input '.repeat(n * 10)}end`;
      expect(await machine.shell.run(`echo '${text}'; (exit ${n})`)).toMatchObject({ output: text, exitStatus: n });
    }
  } finally {
    clearInterval(slices);
    process.kill(machine.pid, 'SIGCONT');
  }
});

test('7. neither old markers nor an echo is taken for an exit status', async () => {
  await using machine = await boot(patient);
  const frames: string[] = [];
  machine.console.onLine(({ text }) => frames.push(...(text.match(/@@br:\S+?@@/g) ?? [])));
  expect(await machine.shell.run('true')).toMatchObject({ exitStatus: 0 });
  const stale = frames.map((frame) => `'${frame}'`).join(' ');
  expect(frames.length).toBeGreaterThan(0);
  expect(await machine.shell.run(`printf '%s\\n' ${stale}; (exit 42)`)).toMatchObject({ exitStatus: 42 });
  expect(await machine.shell.run("set -v; echo 'echoed'; (exit 7)")).toMatchObject({ exitStatus: 7 });
  expect(await machine.shell.run('set +v; (exit 9)')).toMatchObject({ exitStatus: 9 });
});

test('8. a host that is too busy is told from a slow guest: MISS, never FAIL', async () => {
  const verdict = await verdictOf('busy-host', async ({ console, machine }) => {
    await console.sendLine('while :; do echo at work; done');
    await whileCrowdedOut(machine.pid, () => console.expect('what never comes', { timeoutMs: 3_000 }));
  });
  expect(verdict).toMatchObject({ outcome: 'MISS', cause: 'host-overload' });
});

test('9. programs reach the guest without a shared directory, so that it can be frozen', async () => {
  await using machine = await boot(linuxArm64, { snapshots: true });
  const argv = await readFile(`/proc/${machine.pid}/cmdline`, 'utf8');
  expect(argv).not.toMatch(/virtfs|virtiofs|9p/);
  await machine.shell.run('echo kept >/tmp/kept');
  await using snapshot = await machine.snapshot();
  await using fork = await snapshot.fork();
  expect(await fork.shell.run('cat /tmp/kept')).toMatchObject({ output: 'kept' });
});

test('10. a match just before a crash cuts no log: the whole report is there', async () => {
  const verdict = await verdictOf('cut-log', async ({ console }) => {
    await console.send('echo c >/proc/sysrq-trigger\n');
    await console.expect('Trigger a crash', { timeoutMs: patientMs });
  });
  expect(verdict).toMatchObject({ outcome: 'FAIL', cause: 'guest-crash', message: 'the guest crashed: panic: sysrq triggered crash' });
  expect(verdict.console.replaceAll('\r', '')).toMatch(wholePanic);
});
