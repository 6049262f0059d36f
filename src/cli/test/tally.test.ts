import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startVitest } from 'vitest/node';
import { type Tally, tallyLine, tallyReporter } from './tally.ts';

let exitCodeBefore: typeof process.exitCode;
beforeEach(() => {
  exitCodeBefore = process.exitCode;
});
// The vitest within sets it for its own failures, which are not ours.
afterEach(() => {
  process.exitCode = exitCodeBefore;
});

/** What vitest's tests in these files come to, counted by the reporter. */
async function tallyOf(files: Record<string, string>): Promise<Tally> {
  const root = await mkdtemp(join(tmpdir(), 'bringup-tally-'));
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    await symlink(join(import.meta.dirname, '..', '..', '..', 'node_modules'), join(root, 'node_modules'));
    for (const [name, body] of Object.entries(files)) {
      await writeFile(join(root, `${name}.test.ts`), `import { beforeAll, expect, test } from 'vitest';\n${body}\n`);
    }
    await startVitest([], { root, config: false, watch: false, pool: 'forks', reporters: [tallyReporter(tally)] });
  } finally {
    await rm(root, { recursive: true });
  }
  return tally;
}

test('tests are counted by what they came to, and the line says so', async () => {
  const mixed = 'test("a", () => {}); test("b", () => {}); test("c", () => expect(1).toBe(2)); test.skip("d", () => {});';
  const tally = await tallyOf({ mixed });
  expect(tally).toEqual({ passed: 2, failed: 1, skipped: 1 });
  expect(tallyLine(tally)).toBe('2 passed, 1 failed, 1 skipped');
  expect(tallyLine({ ...tally, skipped: 0 })).toBe('2 passed, 1 failed');
});

test.each([
  ['a file that throws', 'throw new Error("no");'],
  ['a file that can’t be parsed', 'test(('],
  ['a file that imports what is not there', 'import "./nowhere.ts"; test("a", () => {});'],
  ['a beforeAll hook that fails', 'beforeAll(() => { throw new Error("no"); }); test("a", () => {});'],
  ['an unhandled rejection', 'test("a", async () => { Promise.reject(new Error("no")); await new Promise((r) => setTimeout(r, 20)); });'],
])('%s counts as a failure', async (_, broken) => {
  const tally = await tallyOf({ broken, good: 'test("g", () => {});' });
  expect(tally.failed).toBe(1);
  expect(tally.passed).toBeGreaterThanOrEqual(1);
});
