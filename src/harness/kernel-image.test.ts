import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BringupError } from '../model/errors.ts';
import { checkKernelImage } from './kernel-image.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-image-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bytes by their offsets. */
type Parts = Readonly<Record<number, Buffer | string>>;

interface Case {
  readonly what: string;
  readonly arch: 'aarch64' | 'x86_64';
  readonly parts: Parts;
}

/** A file of zeros but for these parts. */
async function image(sizeBytes: number, parts: Parts): Promise<string> {
  const bytes = Buffer.alloc(sizeBytes);
  for (const [offset, part] of Object.entries(parts)) Buffer.from(part).copy(bytes, Number(offset));
  const path = join(folder, 'image');
  await writeFile(path, bytes);
  return path;
}

const elf = (machine: number): Parts => ({ 0: '\x7fELF', 18: Buffer.from([machine, 0]) });
const failure = (path: string, arch: 'aarch64' | 'x86_64'): Promise<BringupError> =>
  checkKernelImage(path, arch).then(expect.unreachable, (error) => error);

describe('a kernel image is told by its magic', () => {
  test.for<Case>([
    { what: 'arm64-image', arch: 'aarch64', parts: { 0: 'MZ', 56: 'ARM\x64' } },
    { what: 'gzip', arch: 'aarch64', parts: { 0: Buffer.from([0x1f, 0x8b]) } },
    { what: 'elf', arch: 'aarch64', parts: elf(183) },
    { what: 'bzimage', arch: 'x86_64', parts: { 514: 'HdrS' } },
    { what: 'elf', arch: 'x86_64', parts: elf(62) },
  ])('$what for $arch', async ({ what, arch, parts }) => {
    expect(await checkKernelImage(await image(2048, parts), arch)).toBe(what);
  });
});

describe('what is no kernel for the machine is refused', () => {
  test.for<Case>([
    { what: 'an arm64 Image', arch: 'x86_64', parts: { 56: 'ARM\x64' } },
    { what: 'a gzip file', arch: 'x86_64', parts: { 0: Buffer.from([0x1f, 0x8b]) } },
    { what: 'a bzImage', arch: 'aarch64', parts: { 514: 'HdrS' } },
    { what: 'an EFI zboot image', arch: 'aarch64', parts: { 0: 'MZ\0\0zimg' } },
  ])('$what on $arch', async ({ arch, parts }) => {
    const error = await failure(await image(2048, parts), arch);
    expect(error).toMatchObject({
      code: 'image-invalid',
      failureCause: 'broken-test',
      exitCode: 2,
      hint: expect.stringMatching(/^give a/),
    });
    expect(error.shortMessage).toContain(`kernel image: not a kernel image for ${arch}; it begins with`);
  });

  test('an ELF file for another machine: both machines are named', async () => {
    const error = await failure(await image(2048, elf(243)), 'aarch64');
    expect(error.shortMessage).toBe('kernel image: expected an ELF file for aarch64 (machine 183), got machine 243');
  });

  test('an empty file, and one that ends within its magic', async () => {
    expect((await failure(await image(0, {}), 'aarch64')).shortMessage).toContain('the file is empty');
    expect((await failure(await image(58, { 56: 'AR' }), 'aarch64')).code).toBe('image-invalid');
    expect((await failure(await image(6, { 0: '\x7fELF' }), 'x86_64')).shortMessage).toContain('7f 45 4c 46 00 00 (".ELF..")');
  });

  test('a file that is not there, or a folder', async () => {
    const missing = await failure(join(folder, 'missing'), 'aarch64');
    expect(missing).toMatchObject({ code: 'file-not-found', shortMessage: 'kernel missing can’t be read (ENOENT)' });
    expect((await failure(folder, 'aarch64')).shortMessage).toContain('(EISDIR)');
  });
});
