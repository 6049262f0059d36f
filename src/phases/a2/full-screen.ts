import assert from 'node:assert/strict';
import type { Screen } from '../../harness/console/screen.ts';
import { type CheckContext, type CheckDraft, check } from '../define.ts';

const waitMs = 20_000;
const size = { rows: 30, columns: 100 };

/** Full-screen programs, judged by what a terminal emulator shows that reads the console and answers as a terminal does. */
export const fullScreenChecks = [
  screenCheck(
    'a2.screen.vi',
    'vi draws a file, takes keys, and writes what it shows',
    async ({ shell, console, profile, within }, screen) => {
      await shell.run("printf 'first line\\nsecond line\\nthird line\\n' > /tmp/text");
      await console.sendLine('vi /tmp/text');
      const rows = [...['first line', 'second line', 'third line'], ...Array<string>(size.rows - 4).fill('~')];
      const isDrawn = (lines: readonly string[]): boolean =>
        lines.slice(0, -1).join('\n') === rows.join('\n') && /\/tmp\/text 1\/3/.test(lines.at(-1) ?? '') && isAt(screen, 1, 1);
      await screen.shows(isDrawn, within(waitMs));
      // Down, to the line's end, and text behind it; a line deleted; the first line's first word replaced.
      await console.send('jA, edited\x1b');
      await screen.shows((lines) => lines[1] === 'second line, edited', within(waitMs));
      await console.send('jdd1Gcwzeroth\x1b');
      // The cursor ends on the last letter that was typed.
      const isEdited = (lines: readonly string[]): boolean =>
        lines.slice(0, 3).join('\n') === 'zeroth line\nsecond line, edited\n~' && isAt(screen, 1, 6);
      await screen.shows(isEdited, within(waitMs));
      await console.send(':wq\r');
      await console.expect(profile.prompt, within(waitMs));
      const { output } = await shell.run('cat /tmp/text', { captured: true });
      assert.equal(output, 'zeroth line\nsecond line, edited', 'what vi wrote');
    },
  ),

  screenCheck(
    'a2.screen.top',
    'top fills the screen with the processes, again and again, and ends by q',
    async ({ shell, console, profile, within }, screen) => {
      const { output: self } = await shell.run('echo $$');
      await console.sendLine('top -d 1');
      const header = /^Mem: .*\nCPU: .*\nLoad average: .*\n +PID +PPID +USER +STAT +/;
      const isWhole = (rows: readonly string[]): boolean => {
        const processes = processesOf(rows);
        const hasTop = [...processes.values()].some((row) => /\btop -d 1$/.test(row));
        return header.test(rows.join('\n')) && /\binit$/.test(processes.get('1') ?? '') && processes.has(self) && hasTop;
      };
      const lines = await screen.shows(isWhole, within(waitMs));
      const before = usageOf(lines);
      await screen.shows((rows) => isWhole(rows) && usageOf(rows) !== before, within(waitMs));
      await console.send('q');
      await console.expect(profile.prompt, within(waitMs));
      assert.equal((await shell.run('echo sound')).output, 'sound', 'the shell goes on');
    },
  ),

  screenCheck('a2.screen.less', 'less shows a page, turns pages and finds text', async ({ shell, console, profile, within }, screen) => {
    await shell.run('seq 1 100 | sed "s/^/row /" > /tmp/rows');
    const page = (first: number): string[] => Array.from({ length: size.rows - 1 }, (_, index) => `row ${first + index}`);
    const isPage = (first: number) => (lines: readonly string[]) => lines.slice(0, -1).join() === page(first).join();
    // BusyBox's less sets the terminal back between two keys: an Enter that comes then must stay one.
    await console.sendLine('stty -icrnl; less /tmp/rows; stty icrnl');
    await screen.shows(isPage(1), within(waitMs));
    await console.send(' ');
    await screen.shows(isPage(size.rows), within(waitMs));
    await console.send('/row 60\r');
    await screen.shows(isPage(60), within(waitMs));
    await console.send('q');
    await console.expect(profile.prompt, within(waitMs));
    assert.equal((await shell.run('echo sound')).output, 'sound', 'the shell goes on');
  }),

  screenCheck('a2.screen.size', 'a program that asks its terminal for its size gets that of the emulator', async ({ console, within }) => {
    await console.sendLine('resize; echo "si""ze=$(stty size)="');
    const { groups } = await console.expect(/^size=(?<size>[^=\n]*)=\n/m, within(waitMs));
    assert.equal(groups.size, `${size.rows} ${size.columns}`);
  }),
];

type ScreenCheckBody = (context: CheckContext, screen: Screen) => Promise<void>;

/** A check on what a screen shows that is attached to the console at the shell's prompt, for as long as it runs. */
function screenCheck(id: string, title: string, body: ScreenCheckBody): CheckDraft {
  return check(id, title, async (context) => {
    await context.shell.ready();
    const screen = await context.console.screen(size);
    try {
      await body(context, screen);
    } finally {
      screen[Symbol.dispose]();
    }
  });
}

function isAt({ cursor }: Screen, row: number, column: number): boolean {
  return cursor.row === row && cursor.column === column;
}

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
