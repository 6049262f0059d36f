import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import { EventLog, monotonicMs } from '../src/vitest/work-files.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const dayMs = 86_400_000;

/** Sets the clock of this process, as far as JavaScript can tell. */
function setClock(byMs: number): void {
  const now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now + byMs);
}

test.each([
  { what: 'forward', byMs: dayMs },
  { what: 'back', byMs: -dayMs },
])(
  'a host clock that is set $what while a machine is waited for ends no wait, and keeps none from ending',
  async ({ byMs }) => {
    await using machine = await boot(linuxArm64);
    const running = machine.shell.run('sleep 2; echo done', { timeoutMs: 60_000 });
    const tooLong = machine.console.expect('what never comes', { timeoutMs: 4_000 });
    const end = expect(tooLong).rejects.toMatchObject({ code: 'expect-timeout' });
    setClock(byMs);
    expect(await running).toMatchObject({ output: 'done', exitStatus: 0 });
    await end;
    expect(await machine.shell.run('echo on')).toMatchObject({ output: 'on' });
  },
  120_000,
);

test('the times of a record are no clock’s that can be set, and the same in all processes', async () => {
  vi.spyOn(performance, 'timeOrigin', 'get').mockReturnValue(0);
  const before = monotonicMs();
  setClock(dayMs);
  expect(monotonicMs() - before).toBeLessThan(60_000);
  // Seconds since the host's start, which every process reads the same (proc(5), uptime; without suspended time).
  const [uptime = ''] = (await readFile('/proc/uptime', 'utf8')).split(' ');
  expect(Math.abs(monotonicMs() - Number(uptime) * 1_000)).toBeLessThan(60_000);
  expect(new EventLog('/dev/null', monotonicMs()).error).toBeUndefined();
});

/**
 * The guest's clock is set to the host's on purpose; run ids, starts, and since when a machine is kept are for people; a file's age is by the
 * clock that stamped it.
 */
const datesByDesign = [
  'harness/snapshot/renewal.ts',
  'cli/run/provenance.ts',
  'harness/kept/keeper.ts',
  'harness/kept/kept-folder.ts',
  // The dates of frames in a capture; their order and distances are the monotonic clock's.
  'harness/lab/capture.ts',
];

test('no deadline and no duration anywhere comes from a clock that can be set', async () => {
  const source = join(import.meta.dirname, '../src');
  const files = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts') && !/\.test\.ts$|testing\//.test(name));
  const dated: string[] = [];
  for (const name of files) {
    const text = (await readFile(join(source, name), 'utf8')).replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
    if (/\bDate\.now\(|\bnew Date\(\)|\btimeOrigin\b/.test(text)) dated.push(name);
  }
  expect(dated.filter((name) => /^(?:harness|phases|vitest|parsers|cli\/run)/.test(name) && !datesByDesign.includes(name))).toEqual([]);
});
