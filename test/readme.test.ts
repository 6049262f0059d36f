import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The code of README.md's fenced blocks in a language, in order. */
async function codeBlocks(language: string): Promise<string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map((match) => match[1] as string);
}

test('the README’s test of one’s own boots a kernel and passes; with a wrong expectation it fails', async () => {
  const [example] = await codeBlocks('ts');
  expect(example?.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(5);
  const folder = await mkdtemp(join(root, 'test', 'tmp-readme-'));
  try {
    await writeFile(join(folder, 'own.test.ts'), example as string);
    await writeFile(join(folder, 'wrong.test.ts'), (example as string).replace(/toBe\('[^']*'\)/, "toBe('something else')"));
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const run = (file: string) =>
      execa(process.execPath, [vitest, 'run', '--root', root, join(folder, file)], { reject: false, all: true });
    const [right, wrong] = await Promise.all([run('own.test.ts'), run('wrong.test.ts')]);
    expect(right.exitCode, right.all).toBe(0);
    expect(right.all).toContain('1 passed');
    expect(wrong.exitCode).toBe(1);
    expect(wrong.all).toContain('something else');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the examples of docs/lab.md run', async () => {
  const lab = await readFile(join(root, 'docs/lab.md'), 'utf8');
  const [, example] = /^```ts\n([\s\S]*?)^```$/m.exec(lab) as unknown as [string, string];
  const folder = await mkdtemp(join(root, 'test', 'tmp-readme-'));
  try {
    await writeFile(join(folder, 'lab.test.ts'), example);
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const argv = [vitest, 'run', '--root', root, join(folder, 'lab.test.ts')];
    const { exitCode, all } = await execa(process.execPath, argv, { reject: false, all: true });
    expect(exitCode, all).toBe(0);
    expect(all).toContain('2 passed');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the README names only commands that exist', async () => {
  const named = (await codeBlocks('sh')).flatMap((block) => [...block.matchAll(/^\.\/bringup (\S+)/gm)].map((match) => match[1]));
  expect(named).toEqual(expect.arrayContaining(['run', 'test']));
  const { commands } = await import('../src/cli/commands.ts');
  for (const name of named) expect(Object.keys(commands)).toContain(name);
});
