import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { publint } from 'publint';
import { extract } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow, installInto, packBringup, root } from './packed.ts';

let folder: string;
let tarball: string;
/** The tarball's content. */
let unpacked: string;
/** A project of somebody else's, in a folder whose name makes a bad glob. */
let project: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-package-'));
  tarball = await packBringup(folder);
  unpacked = join(folder, 'package');
  await extract({ file: tarball, cwd: folder });
  project = join(folder, 'a (new) project');
  await installInto(project, tarball);
});
afterAll(() => rm(folder, { recursive: true }));

const manifestOf = async (path: string) => JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));

/** Runs a program of the project's, where the project lies, as its user would. */
function inProject(program: string, ...argv: string[]) {
  const env = { CI: 'true', GITHUB_ACTIONS: '', NODE_OPTIONS: '' };
  return execa(program, argv, { cwd: project, preferLocal: true, localDir: project, reject: false, all: true, env });
}

/** For a development dependency of the clone's. */
const ofClone = { localDir: root, preferLocal: true, reject: false, all: true } as const;

describe('the tarball', () => {
  test('has all that bringup reads at run time, and nothing of its tests, reports and sources', async () => {
    const packed = await filesBelow(unpacked);
    const shipped =
      /^(package\.json|README\.md|LICENSE|docs\/.*|initramfs\/.*|kernel\/linux-arm64\/figures\.json|src\/reporters\/viewer\/[\w-]+\.(css|js)|dist\/.*\.(js|js\.map|d\.ts))$/;
    expect(packed.filter((path) => !shipped.test(path))).toEqual([]);
    expect(packed.filter((path) => /\.test\.|testing\/|testdata\//.test(path))).toEqual([]);
    const below = async (path: string) => (await filesBelow(join(root, path))).map((file) => join(path, file));
    const viewer = (await below('src/reporters/viewer')).filter((path) => /\.(css|js)$/.test(path));
    const suites = (await readdir(join(root, 'suites'))).map((name) => `dist/suites/${name.replace(/\.ts$/, '.js')}`);
    expect(packed).toEqual(expect.arrayContaining([...(await below('initramfs')), ...(await below('docs')), ...viewer, ...suites]));
    expect(viewer.length).toBeGreaterThan(3);
  });

  test('has the entry points of a clone, without its source', async () => {
    const [{ exports }, clone] = await Promise.all([manifestOf(unpacked), manifestOf(root)]);
    const built = Object.entries<Record<string, string>>(clone.exports).map(([name, { 'bringup-source': _, ...rest }]) => [name, rest]);
    expect(Object.entries(exports)).toEqual(built);
    expect(built.map(([name]) => name)).toEqual(['.', './vitest', './phases', './parsers', './kernels', './reporters']);
  });

  test('has each module once, so that its state exists once', async () => {
    const maps = (await filesBelow(join(unpacked, 'dist'))).filter((path) => path.endsWith('.js.map'));
    const sources = (await Promise.all(maps.map((map) => readFile(join(unpacked, 'dist', map), 'utf8')))).flatMap((text) =>
      (JSON.parse(text).sources as string[]).map((source) => source.replace(/^(\.\.\/)+/, '')),
    );
    expect(sources).toContain('src/model/errors.ts');
    expect(sources.filter((source, index) => sources.indexOf(source) !== index)).toEqual([]);
  });

  test('is what publint wants', async () => {
    const { buffer, byteOffset, byteLength } = await readFile(tarball);
    const { messages } = await publint({ pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer } });
    expect(messages).toEqual([]);
  });

  test('is what are-the-types-wrong wants of a package of ECMAScript modules', async () => {
    const { exitCode, all } = await execa('attw', ['--profile', 'esm-only', '--no-emoji', tarball], ofClone);
    expect(exitCode, all).toBe(0);
    expect(all).toContain('"bringup/vitest"');
  });
});

describe('installed in an empty project', () => {
  test('each entry point can be imported by plain Node, and has its types', async () => {
    // Vitest's API works in its workers only.
    const names = ['', '/phases', '/parsers', '/kernels', '/reporters'].map((name) => `bringup${name}`);
    const script = names.map((name) => `console.log(Object.keys(await import('${name}')).length > 0);`).join('\n');
    const { stdout } = await inProject('node', '--input-type=module', '-e', script);
    expect(stdout.split('\n')).toEqual(names.map(() => 'true'));

    const wrong =
      '// @ts-expect-error an outcome is a word, so types are there and not any\nexport const outcome: Verdict["outcome"] = 1;\n';
    const imports = names.map((name, index) => `import * as i${index} from '${name}';\n`).join('');
    const used = `import type { Verdict } from 'bringup/reporters';\nexport const all = [${names.map((_, index) => `i${index}`).join(', ')}];\n`;
    await writeFile(join(project, 'types.ts'), imports + used + wrong);
    const lib = ['es2024', 'esnext.disposable'];
    const compilerOptions = { module: 'nodenext', target: 'es2024', lib, types: ['node'], strict: true, noEmit: true, skipLibCheck: false };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', 'test/hello.test.ts'] }));
    await writeExample('hello', (example) => example);
    const { exitCode, all } = await execa('tsc', ['--project', project], ofClone);
    expect(exitCode, all).toBe(0);
  });

  test('the README’s test of one’s own boots a kernel and passes; with a wrong expectation it fails', async () => {
    await writeExample('hello', (example) => example);
    await writeExample('wrong', (example) => example.replace(/toBe\('[^']*'\)/, "toBe('something else')"));
    const [right, wrong] = await Promise.all([inProject('vitest', 'run', 'hello'), inProject('vitest', 'run', 'wrong')]);
    expect(right.exitCode, right.all).toBe(0);
    expect(right.all).toContain('1 passed');
    expect(wrong.exitCode, wrong.all).toBe(1);
    expect(wrong.all).toContain('something else');
  });

  test('bringup runs checks on a profile of the project’s, and leaves its reports there and nothing in the package', async () => {
    const before = await filesBelow(join(project, 'node_modules', 'bringup'));
    const profile = `import { defineKernelProfile } from 'bringup';
import { linuxArm64 } from 'bringup/kernels';

export default defineKernelProfile({ ...linuxArm64, id: 'my-kernel' });
`;
    await writeFile(join(project, 'my-kernel.ts'), profile);
    const grep = 'a0\\.init\\.getpid|a1\\.echo\\.hi';
    const { exitCode, all } = await inProject('bringup', 'run', 'a0', 'a1', '--grep', grep, '--profile', 'my-kernel.ts');
    expect(exitCode, all).toBe(0);
    const latest = join(project, 'reports', 'latest');
    expect((await readdir(latest)).sort()).toEqual(['index.html', 'junit.xml', 'run.jsonl', 'summary.md']);
    const junit = await readFile(join(latest, 'junit.xml'), 'utf8');
    expect(junit).toContain('a0.init.getpid');
    expect(junit).toContain('a1.echo.hi');
    const [started] = (await readFile(join(latest, 'run.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(started as string)).toMatchObject({
      profile: { id: 'my-kernel' },
      versions: { bringup: (await manifestOf(root)).version },
    });
    expect(await filesBelow(join(project, 'node_modules', 'bringup'))).toEqual(before);
  });

  test('bringup has the commands of a clone but those that work on bringup itself, and says so', async () => {
    expect((await inProject('bringup', '--version')).stdout).toBe(`bringup ${(await manifestOf(root)).version}`);
    const listed = (await inProject('bringup', '--help')).stdout.split('\n').flatMap((line) => /^ {2}(\w+) /.exec(line)?.[1] ?? []);
    expect(listed).toEqual(expect.arrayContaining(['run', 'report', 'doctor', 'cache', 'parse']));
    for (const name of ['check', 'test', 'bench']) {
      expect(listed).not.toContain(name);
      const { exitCode, all } = await inProject('bringup', name);
      expect(all).toBe(`bringup: bringup ${name} works on bringup itself, and this is the installed package
What to do: clone bringup’s repository, and call ./bringup ${name} there.`);
      expect(exitCode).toBe(2);
    }
    const { findings } = JSON.parse((await inProject('bringup', 'doctor', '--json')).stdout) as { findings: { id: string }[] };
    expect(findings.map(({ id }) => id)).toEqual(expect.arrayContaining(['node', 'qemu', 'cross-compiler']));
    expect(findings.filter(({ id }) => ['pnpm', 'chromium', 'cpio', 'expect', 'shared-memory'].includes(id))).toEqual([]);
  });
});

/** Writes the README's test of one's own, changed, to the project's test/<name>.test.ts. */
async function writeExample(name: string, change: (example: string) => string): Promise<void> {
  const example = /^```ts\n([\s\S]*?)^```$/m.exec(await readFile(join(root, 'README.md'), 'utf8'))?.[1];
  await mkdir(join(project, 'test'), { recursive: true });
  await writeFile(join(project, 'test', `${name}.test.ts`), change(example ?? ''));
}
