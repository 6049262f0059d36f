import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** A file, and an import that the design's one-way rule forbids in it. */
const forbidden = [
  ['src/model/a.ts', '../parsers/x.ts'],
  ['src/model/b.ts', '../artifacts/x.ts'],
  ['src/parsers/a.ts', '../harness/x.ts'],
  ['src/parsers/b.ts', '../reporters/x.ts'],
  ['src/parsers/c.ts', 'node:fs'],
  ['src/parsers/d.ts', 'fs'],
  ['src/parsers/deep/a.ts', '../../harness/x.ts'],
  ['src/reporters/a.ts', '../harness/x.ts'],
  ['src/reporters/b.ts', '../parsers/x.ts'],
  ['src/reporters/deep/a.ts', '../../harness/console/x.ts'],
  ['src/reporters/c.ts', 'bringup'],
  ['src/reporters/d.ts', 'bringup/phases'],
  ['src/artifacts/a.ts', '../harness/x.ts'],
  ['src/artifacts/b.ts', '../cli/x.ts'],
  ['src/harness/a.ts', '../artifacts/x.ts'],
  ['src/harness/b.ts', '../phases/x.ts'],
  ['src/harness/c.ts', '../reporters/x.ts'],
  ['src/harness/d.ts', 'vitest'],
  ['src/harness/deep/a.ts', 'vitest/node'],
  ['src/phases/a.ts', '../vitest/x.ts'],
  ['src/phases/b.ts', 'vitest'],
  ['src/phases/c.ts', '../reporters/x.ts'],
  ['src/phases/d.ts', '../../kernel/index.ts'],
  ['src/phases/e.ts', '../mutants/x.ts'],
  ['src/harness/e.ts', '../mutants/x.ts'],
  ['src/mutants/a.ts', '../vitest/x.ts'],
  ['src/mutants/b.ts', '../cli/x.ts'],
  ['src/mutants/c.ts', '../reporters/x.ts'],
  ['src/vitest/a.ts', '../cli/x.ts'],
  ['src/vitest/b.ts', '../daemon/x.ts'],
  ['kernel/mine/a.ts', '../../src/harness/x.ts'],
  ['kernel/mine/b.ts', '../../src/phases/x.ts'],
  ['suites/a.suite.ts', '../src/phases/x.ts'],
  ['suites/b.suite.ts', '../src/index.ts'],
  ['suites/c.suite.ts', './helper.ts'],
] as const;

/** The same folders, and imports that the rule allows. */
const allowed = [
  ['src/parsers/ok.ts', '../model/x.ts'],
  ['src/parsers/ok.test.ts', 'node:fs'],
  ['src/reporters/ok.ts', 'node:fs'],
  ['src/artifacts/ok.ts', '../model/x.ts'],
  ['src/harness/ok.ts', '../parsers/x.ts'],
  ['src/phases/ok.ts', '../artifacts/x.ts'],
  ['src/phases/deep/ok.ts', '../../harness/x.ts'],
  ['src/mutants/ok.ts', '../phases/x.ts'],
  ['src/vitest/ok.ts', 'vitest'],
  ['src/vitest/mutants.ts', '../mutants/x.ts'],
  ['src/vitest/deep/ok.ts', '../../reporters/x.ts'],
  ['src/cli/ok.ts', '../harness/x.ts'],
  ['kernel/mine/ok.ts', '../../src/artifacts/x.ts'],
  ['suites/ok.suite.ts', 'bringup/vitest'],
] as const;

/** Other ways to write an import, and a cycle. */
const spellings = {
  'src/reporters/type-only.ts': `import type { X } from '../harness/x.ts';\nexport type Y = X;\n`,
  'src/reporters/re-export.ts': `export { x } from '../harness/x.ts';\n`,
  'src/reporters/dynamic.ts': `export const x = () => import('../harness/x.ts');\n`,
  'src/harness/cycle-one.ts': `import { two } from './cycle-two.ts';\nexport const one = () => two();\n`,
  'src/harness/cycle-two.ts': `import { one } from './cycle-one.ts';\nexport const two = () => one();\n`,
};

const importRules = ['style/noRestrictedImports', 'correctness/noNodejsModules', 'suspicious/noImportCycles'];

let folder: string;
/** Path -> the rules that found something in it. */
const findings = new Map<string, string[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-import-rules-'));
  for (const name of ['biome.json', 'package.json', '.gitignore']) await copyFile(join(root, name), join(folder, name));
  const planted = Object.fromEntries(
    [...forbidden, ...allowed].map(([path, from]) => [path, `import { x } from '${from}';\n\nexport const y = x;\n`]),
  );
  for (const [path, content] of Object.entries({ ...planted, ...spellings })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const argv = ['lint', '--reporter=json', '--max-diagnostics=none'];
  const { stdout } = await execa('biome', argv, { cwd: folder, preferLocal: true, localDir: root, reject: false });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
  for (const { category, location } of diagnostics) {
    const rule = category.replace(/^lint\//, '');
    if (importRules.includes(rule)) findings.set(location.path, [...(findings.get(location.path) ?? []), rule]);
  }
});

afterAll(() => rm(folder, { recursive: true }));

test.each(forbidden)('%s must not import %s', (path) => {
  expect(findings.get(path)).toHaveLength(1);
});

test.each(allowed)('%s may import %s', (path) => {
  expect(findings.get(path)).toBeUndefined();
});

test.each(Object.keys(spellings))('%s is caught too', (path) => {
  expect(findings.get(path)).toHaveLength(1);
});
