import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the library builds: every entry point of package.json is made and can be imported by plain Node', async () => {
  const out = await mkdtemp(join(root, 'test', 'tmp-build-'));
  try {
    await execa('tsup', ['--out-dir', out], { cwd: root, preferLocal: true });
    const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { exports: Record<string, { default: string }> };
    const entries = Object.entries(exports).filter(([name]) => name !== './vitest');
    expect(entries.length).toBeGreaterThanOrEqual(5);
    for (const [name, { default: file }] of entries) {
      const url = pathToFileURL(join(out, file.replace('./dist/', ''))).href;
      const { stdout } = await execa(process.execPath, [
        '--input-type=module',
        '-e',
        `console.log(Object.keys(await import(${JSON.stringify(url)})).length)`,
      ]);
      expect(Number(stdout), name).toBeGreaterThan(0);
    }
    // Vitest's API works inside a vitest worker only; its entry point must be there all the same.
    expect(await readFile(join(out, 'vitest', 'index.js'), 'utf8')).toContain('bindPhase');
  } finally {
    await rm(out, { recursive: true });
  }
});
