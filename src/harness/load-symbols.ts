import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BringupError } from '../model/errors.ts';
import { parseElfSymbols } from '../parsers/elf-symbols.ts';
import { parseKallsyms } from '../parsers/kallsyms.ts';
import type { Symbols } from '../parsers/symbols.ts';

/** The file that was read last: machine after machine asks for the same. */
let last: { readonly key: string; readonly symbols: Symbols } | undefined;

/**
 * Reads the symbols of a kernel: an ELF file that is not stripped (`vmlinux`, `KERNEL.ELF`), or the text of the guest's /proc/kallsyms.
 * @throws BringupError `file-not-found`, or `image-invalid` where the file has no symbols.
 */
export async function loadSymbols(path: string): Promise<Symbols> {
  const name = basename(path);
  const unreadable = (error: NodeJS.ErrnoException): never => {
    throw new BringupError('file-not-found', `symbols ${name} can’t be read (${error.code})`, {
      hint: 'give the kernel’s ELF file, or the text of /proc/kallsyms.',
      cause: error,
    });
  };
  const { dev, ino, size, mtimeMs } = await stat(path).catch(unreadable);
  const key = [dev, ino, size, mtimeMs].join(' ');
  if (key === last?.key) return last.symbols;
  const bytes = await readFile(path).catch(unreadable);
  const isElf = bytes.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
  const symbols = isElf ? parseElfSymbols(bytes) : parseKallsyms(bytes.toString('latin1'));
  if (symbols === undefined) {
    throw new BringupError('image-invalid', `${name} has no symbols`, {
      hint: isElf
        ? 'give a 64-bit ELF file for AArch64 or x86-64 that is not stripped.'
        : 'give the kernel’s ELF file, or /proc/kallsyms as root reads it: to others it shows zeros (kernel.kptr_restrict).',
    });
  }
  last = { key, symbols };
  return symbols;
}
