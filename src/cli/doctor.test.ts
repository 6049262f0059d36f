import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { doctorReportSchema, renderReport } from './doctor/report.ts';
import { command } from './doctor.ts';

async function doctor(...argv: string[]) {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const exitCode = await command.run(argv, io);
  io.stdout.end();
  return { exitCode, stdout: await text(io.stdout) };
}

test('on a host that has what the tests need, all is well', async () => {
  const { exitCode, stdout } = await doctor('--json');
  const report = doctorReportSchema.parse(JSON.parse(stdout));
  expect(report).toMatchObject({ ok: true, installCommand: null });
  expect(exitCode).toBe(0);
  const ids = report.findings.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['node', 'pnpm', 'qemu-version', 'debian-source', 'cache', 'shared-memory', 'qemu']));
  expect(new Set(ids).size).toBe(ids.length);
});

test('with an empty PATH every program is missing, each with its fix, and one command installs them all', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { exitCode, stdout } = await doctor('--json');
  const report = doctorReportSchema.parse(JSON.parse(stdout));
  expect(exitCode).toBe(3);
  expect(report.ok).toBe(false);
  expect(report.findings).toContainEqual({
    id: 'qemu',
    why: 'boot AArch64 guests',
    state: 'missing',
    found: null,
    fix: 'install Debian’s qemu-system-arm',
  });
  expect(report.installCommand).toMatch(/apt-get install .*\bqemu-system-arm\b.*\bmake\b/);
  const plain = await doctor();
  expect(plain.stdout).toContain(report.installCommand);
});

test('a warning does not make the report a bad one, and its fix is shown', () => {
  const finding = {
    id: 'shared-memory',
    why: 'hold guest memory',
    state: 'warning',
    found: '/dev/shm, 64 MiB free',
    fix: 'give it more',
  } as const;
  const shown = renderReport({ ok: true, findings: [finding], installCommand: null });
  expect(shown).toBe(
    'warning  shared-memory  /dev/shm, 64 MiB free  (to hold guest memory)\n         fix: give it more\n\nAll that bringup needs is here.\n',
  );
});
