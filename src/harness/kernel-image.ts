import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';

/** What QEMU's `-kernel` takes, by the bytes that mark it. */
export type KernelImageFormat = 'arm64-image' | 'bzimage' | 'elf' | 'gzip';

interface Magic {
  readonly format: KernelImageFormat;
  readonly arches: readonly KernelProfile['arch'][];
  matches(head: Buffer): boolean;
}

const elfMachines: Readonly<Record<KernelProfile['arch'], number>> = { x86_64: 62, aarch64: 183 };

const magics: readonly Magic[] = [
  // Linux Documentation/arm64/booting.rst: "ARM\x64" at offset 56.
  { format: 'arm64-image', arches: ['aarch64'], matches: (head) => head.length >= 60 && head.readUInt32LE(56) === 0x644d5241 },
  // Linux Documentation/x86/boot.rst: "HdrS" at offset 0x202.
  { format: 'bzimage', arches: ['x86_64'], matches: (head) => head.subarray(0x202, 0x206).toString('latin1') === 'HdrS' },
  // QEMU unpacks a gzip'd arm64 Image itself (hw/arm/boot.c).
  { format: 'gzip', arches: ['aarch64'], matches: (head) => head.length >= 2 && head.readUInt16BE(0) === 0x1f8b },
];

/**
 * Says which kind of kernel image a file is. QEMU loads anything as a kernel and then stays silent, so this is checked
 * before every boot.
 * @throws BringupError `file-not-found` or `image-invalid`.
 */
export async function checkKernelImage(path: string, arch: KernelProfile['arch']): Promise<KernelImageFormat> {
  const head = await readHead(path);
  const name = basename(path);
  if (head.length >= 20 && head.readUInt32BE(0) === 0x7f454c46) {
    const machine = head.readUInt16LE(18);
    if (machine === elfMachines[arch]) return 'elf';
    throw new BringupError(
      'image-invalid',
      `kernel ${name}: expected an ELF file for ${arch} (machine ${elfMachines[arch]}), got machine ${machine}`,
      {
        hint: 'give a kernel built for the profile’s architecture, or the profile that fits the kernel.',
      },
    );
  }
  const found = magics.find((magic) => magic.arches.includes(arch) && magic.matches(head));
  if (found) return found.format;
  throw new BringupError('image-invalid', `kernel ${name}: not a kernel image for ${arch}; it begins with ${describeHead(head)}`, {
    hint:
      arch === 'aarch64'
        ? 'give an arm64 Image (arch/arm64/boot/Image, Debian’s vmlinuz), its gzip, or an ELF file; an EFI zboot image must be unpacked first.'
        : 'give a bzImage (arch/x86/boot/bzImage, Debian’s vmlinuz) or an ELF file.',
  });
}

async function readHead(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new BringupError('file-not-found', `kernel ${basename(path)} can’t be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'check the path given to --kernel or in the profile.',
      cause: error,
    });
  }
}

function describeHead(head: Buffer): string {
  if (head.length === 0) return 'nothing: the file is empty';
  const bytes = head.subarray(0, 8);
  const text = bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
  return `${bytes.toString('hex').replace(/..(?=.)/g, '$& ')} ("${text}")`;
}
