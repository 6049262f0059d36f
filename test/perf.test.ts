import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { directory, file, withEntries } from '../src/artifacts/index.ts';
import { staticProgramArm64 } from '../src/artifacts/probe.ts';
import { boot } from '../src/harness/boot.ts';
import { packageFile } from '../src/model/package-files.ts';
import { figuresGuest, readFigures } from '../src/phases/figures.ts';
import { guestFor } from '../src/phases/guest.ts';
import { cliArgv } from './run-process.ts';

/** 20 is what phase E was shown with. */
const runs = Number(process.env.BRINGUP_TEST_FIGURES ?? 2);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-perf-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const perf = (...argv: string[]) => execa(process.execPath, [...cliArgv, 'perf', ...argv], { reject: false });

/** While the body runs, endless loops want every CPU of the host. */
async function whileBusy<T>(body: () => Promise<T>): Promise<T> {
  const hogs = [1, 2].map(() => spawn('setpriv', ['--pdeathsig', 'KILL', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }));
  try {
    return await body();
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL');
  }
}

describe('bringup perf', () => {
  test('figures are the same in each run, on a busy host as well, with 1 and with 4 vCPUs; a changed one is told', async () => {
    const baseline = join(folder, 'baseline.json');
    const first = await perf('--update', '--vcpus', '1,4', '--baseline', baseline, '--format', 'json');
    expect(first.exitCode, first.stderr).toBe(0);
    const written = await readFile(baseline, 'utf8');
    expect(JSON.parse(written)).toEqual(JSON.parse(first.stdout));
    for (let run = 1; run < runs; run++) {
      const again = () => perf('--baseline', baseline, '--format', 'json');
      const next = run % 2 === 1 ? await whileBusy(again) : await again();
      expect(next.stdout, next.stderr).toBe(first.stdout);
      expect(next.stderr).toMatch(/all \d+ figures are the baseline’s/);
      expect(next.exitCode).toBe(0);
    }
    const figures = JSON.parse(written);
    const before = figures.figures[1].perf_signal_all_ns;
    figures.figures[1].perf_signal_all_ns = before - 1;
    await writeFile(baseline, JSON.stringify(figures));
    const changed = await perf('--baseline', baseline, '--vcpus', '1');
    expect(changed.stderr).toContain(`perf_signal_all_ns with 1 vCPU: ${before - 1} -> ${before} (+0.00 %)`);
    expect(changed.exitCode).toBe(1);
  });

  test('a baseline that is none, or not there, is refused before anything boots', async () => {
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '{ "v": 2 }');
    const refused = await perf('--baseline', broken);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/broken\.json is no file of figures: v: .*; conditions: /);
    const missing = await perf('--baseline', join(folder, 'none.json'));
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain('there is no file of figures');
  });
});

test('a loop in a program that is 1 % longer shows', async () => {
  const probes = join(folder, 'probes');
  await cp(packageFile('initramfs/probes'), probes, { recursive: true });
  const source = join(probes, 'e-memory.c');
  const text = await readFile(source, 'utf8');
  const longer = text.replace(
    '    pages[i * PAGE] = 1;\n',
    '    for (volatile int turn = 0; turn < LONGER; turn++) {}\n    pages[i * PAGE] = 1;\n',
  );
  expect(longer).not.toBe(text);
  const figuresOf = async (turns: number): Promise<Map<string, number>> => {
    await writeFile(source, longer.replace('LONGER', String(turns)));
    const { path } = await staticProgramArm64(source, {});
    const initramfs = (base: Parameters<typeof withEntries>[0]) =>
      withEntries(base, 'longer', async () => [directory('probes'), file('probes/e-memory', await readFile(path), 0o755)]);
    const { profile, options } = guestFor(figuresGuest, linuxArm64, {}, { initramfs });
    await using machine = await boot(profile, options);
    const within = (ms: number) => ({ timeoutMs: 4 * ms, signal: new AbortController().signal });
    return await readFigures({ console: machine.console, machine, within });
  };
  const [hundred, more] = [await figuresOf(100), await figuresOf(101)];
  const name = 'perf_page_fault_all_ns';
  expect(more.get(name)).toBeGreaterThan(hundred.get(name) as number);
  // A turn of the loop is a handful of instructions, 2,048 times.
  expect((more.get(name) as number) - (hundred.get(name) as number)).toBeLessThan(2_048 * 20);
  for (const other of ['perf_getpid_all_ns', 'perf_signal_all_ns']) expect(more.get(other), other).toBe(hundred.get(other));
});
