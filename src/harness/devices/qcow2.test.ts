import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyQcow2, parseQcow2Header } from './qcow2.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-qcow2-'));
});
afterAll(() => rm(folder, { recursive: true }));

// 6 TiB: an L1 table of two clusters.
test.each([1, 512, 2 ** 20, 2 ** 29 + 512, 6 * 2 ** 40])(
  'qemu-img finds nothing wrong with an empty image of %d bytes',
  async (sizeBytes) => {
    const path = join(folder, 'image');
    const image = emptyQcow2(sizeBytes);
    await writeFile(path, image);
    const { stdout } = await execa('qemu-img', ['check', '--output=json', '-f', 'qcow2', path]);
    expect(JSON.parse(stdout)).toMatchObject({ 'check-errors': 0, 'image-end-offset': image.length });
    expect(JSON.parse(stdout)).not.toHaveProperty('leaks');
    const info = JSON.parse((await execa('qemu-img', ['info', '--output=json', '-f', 'qcow2', path])).stdout);
    expect(info).toMatchObject({ 'virtual-size': Math.ceil(sizeBytes / 512) * 512, 'cluster-size': 65536 });
    expect(parseQcow2Header(image)).toEqual({ sizeBytes: info['virtual-size'], hasBacking: false });
  },
);

test('a header tells of a backing file, and other files have none', async () => {
  const [base, image] = [join(folder, 'base'), join(folder, 'over')];
  await writeFile(base, emptyQcow2(2 ** 20));
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, image]);
  expect(parseQcow2Header(await readFile(image))).toEqual({ sizeBytes: 2 ** 20, hasBacking: true });
  expect(parseQcow2Header(new Uint8Array(512))).toBeUndefined();
  expect(parseQcow2Header(new Uint8Array())).toBeUndefined();
});
