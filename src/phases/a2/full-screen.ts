import assert from 'node:assert/strict';
import { type CheckContext, check } from '../define.ts';

const waitMs = 20_000;
const size = { rows: 24, columns: 80 };

/** Full-screen programs, judged by what a terminal emulator shows that reads the console and answers as a terminal does. */
export const fullScreenChecks = [
  check('a2.screen.vi', 'vi draws a file, takes keys, and writes what it shows', async (context) => {
    const { shell, console, profile, signal } = context;
    await shell.run("printf 'first line\\nsecond line\\nthird line\\n' > /tmp/text");
    const screen = await console.screen(size);
    await console.sendLine('vi /tmp/text');
    const drawn = await screen.shows(/\/tmp\/text 1\/3/, { timeoutMs: waitMs, signal });
    const rows = [...['first line', 'second line', 'third line'], ...Array<string>(size.rows - 4).fill('~')];
    assert.deepEqual(drawn.slice(0, -1), rows, 'the rows above the status line');
    assert.deepEqual(screen.cursor, { row: 1, column: 1 }, 'the cursor');
    // Down, to the line's end, and text behind it; a line deleted; the first line's first word replaced.
    await console.send('jA, edited\x1b');
    await screen.shows((lines) => lines[1] === 'second line, edited', { timeoutMs: waitMs, signal });
    await console.send('jdd1Gcwzeroth\x1b');
    const edited = await screen.shows((lines) => lines[0] === 'zeroth line' && lines[2] === '~', { timeoutMs: waitMs, signal });
    assert.deepEqual(edited.slice(0, 3), ['zeroth line', 'second line, edited', '~']);
    assert.deepEqual(screen.cursor, { row: 1, column: 6 }, 'the cursor, on the last letter that was typed');
    await console.send(':wq\r');
    await console.expect(profile.prompt, { timeoutMs: waitMs, signal });
    screen[Symbol.dispose]();
    const { output } = await shell.run('cat /tmp/text', { captured: true });
    assert.equal(output, 'zeroth line\nsecond line, edited', 'what vi wrote');
  }),

  check('a2.screen.top', 'top fills the screen with the processes, again and again, and ends by q', async (context) => {
    const { shell, console, profile, signal } = context;
    const { output: self } = await shell.run('echo $$');
    const screen = await console.screen(size);
    await console.sendLine('top -d 1');
    const header = /^Mem: .*\nCPU: .*\nLoad average: .*\n +PID +PPID +USER +STAT +/;
    const isWhole = (rows: readonly string[]): boolean => {
      const processes = processesOf(rows);
      const hasTop = [...processes.values()].some((row) => /\btop -d 1$/.test(row));
      return header.test(rows.join('\n')) && /\binit$/.test(processes.get('1') ?? '') && processes.has(self) && hasTop;
    };
    const lines = await screen.shows(isWhole, { timeoutMs: waitMs, signal });
    const before = usageOf(lines);
    await screen.shows((rows) => isWhole(rows) && usageOf(rows) !== before, { timeoutMs: waitMs, signal });
    await console.send('q');
    await console.expect(profile.prompt, { timeoutMs: waitMs, signal });
    screen[Symbol.dispose]();
    assert.equal((await shell.run('echo sound')).output, 'sound', 'the shell goes on');
  }),

  check('a2.screen.less', 'less shows a page, turns pages and finds text', async (context) => {
    const { shell, console, profile, signal } = context;
    await shell.run('seq 1 100 | sed "s/^/row /" > /tmp/rows');
    const screen = await console.screen(size);
    const page = (first: number): string[] => Array.from({ length: size.rows - 1 }, (_, index) => `row ${first + index}`);
    const isPage = (first: number) => (lines: readonly string[]) => lines.slice(0, -1).join() === page(first).join();
    await console.sendLine('less /tmp/rows');
    await screen.shows(isPage(1), { timeoutMs: waitMs, signal });
    await console.send(' ');
    await screen.shows(isPage(size.rows), { timeoutMs: waitMs, signal });
    await console.send('/row 60\r');
    await screen.shows(isPage(60), { timeoutMs: waitMs, signal });
    await console.send('q');
    await console.expect(profile.prompt, { timeoutMs: waitMs, signal });
    screen[Symbol.dispose]();
    assert.equal((await shell.run('echo sound')).output, 'sound', 'the shell goes on');
  }),

  check(
    'a2.screen.size',
    'a program that asks its terminal for its size gets that of the emulator',
    async ({ shell, console, signal }: CheckContext) => {
      await shell.ready();
      const screen = await console.screen({ rows: 30, columns: 100 });
      await console.sendLine('resize; echo "si""ze=$(stty size)="');
      const { groups } = await console.expect(/^size=(?<size>[^=\n]*)=\n/m, { timeoutMs: waitMs, signal });
      screen[Symbol.dispose]();
      assert.equal(groups.size, '30 100');
    },
  ),
];

/** The rows of top by process id. */
function processesOf(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.flatMap((line) => /^ *(?<pid>\d+) +\d+ +\w+ +[RSDTZ]/.exec(line)?.groups?.pid ?? []).map((pid) => [pid, rowOf(lines, pid)]),
  );
}

function rowOf(lines: readonly string[], pid: string): string {
  return lines.find((line) => line.trimStart().startsWith(`${pid} `)) ?? '';
}

/** The figures of the rows that change from one picture to the next. */
function usageOf(lines: readonly string[]): string {
  return lines.slice(0, 3).join('\n');
}
