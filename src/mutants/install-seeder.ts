import { readFile } from 'node:fs/promises';
import { type CpioEntry, decodeInitramfs, directory, faultModule, file, packInitramfs, seederArm64, symlink } from '../artifacts/index.ts';
import type { ArtifactProvider } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';

/**
 * The initramfs of `base` with the seeder (initramfs/mutants/seed.c) in it: in the place of a probe that is init, or started for the shell by
 * init's respawn line, so that the boot before the prompt is not touched. What to seed is said by the kernel parameter MUTANT.
 */
export function withSeeder(base: ArtifactProvider, init: 'shell' | 'probe'): ArtifactProvider {
  return withMeans(base, init === 'probe' ? seedBeforeInit : seedBeforeShell);
}

/** The initramfs of `base` with the seeder in it, for somebody to start. */
export function withSeederAtHand(base: ArtifactProvider): ArtifactProvider {
  return withMeans(base, (entries, seeder) => [seederFile(seeder), ...entries]);
}

function withMeans(base: ArtifactProvider, install: (entries: readonly CpioEntry[], seeder: Uint8Array) => CpioEntry[]): ArtifactProvider {
  return async (options = {}) => {
    const [initramfs, seeder, module] = await Promise.all([base(options), seederArm64(options), faultModule()(options)]);
    const installed = install(withoutRepeats(decodeInitramfs(await readFile(initramfs.path))), await readFile(seeder.path));
    const all = [directory('mutant'), file('mutant/fault.ko', await readFile(module.path)), ...installed];
    const packed = await packInitramfs(withoutRepeats(all))(options);
    return { ...initramfs, path: packed.path, sha256: packed.sha256 };
  };
}

function seederFile(seeder: Uint8Array): CpioEntry {
  return file('mutant/seed', seeder, 0o755);
}

/** Init becomes the seeder, and moves to where the seeder starts it. */
export function seedBeforeInit(entries: readonly CpioEntry[], seeder: Uint8Array): CpioEntry[] {
  const path = 'sbin/init';
  const init = entries.find((entry) => entry.path === path);
  if (init === undefined) throw unknownUserland('has no /sbin/init');
  const moved = init.type === 'file' ? { ...init, path: 'mutant/init' } : symlink('mutant/init', `/${path}`);
  return [moved, ...entries.map((entry) => (entry === init ? file(path, seeder, 0o755) : entry))];
}

/** `::respawn:/bin/cttyhack /bin/sh -l`: the program before the shell, where there is one, finds its terminal. */
const respawnLine = /^(\S*:respawn:(?:\S*cttyhack )?)(\/\S*sh\b.*)$/m;

/** The shell's respawn line of /etc/inittab starts the seeder, which starts the shell. */
export function seedBeforeShell(entries: readonly CpioEntry[], seeder: Uint8Array): CpioEntry[] {
  const inittab = entries.find((entry) => entry.path === 'etc/inittab');
  const text = inittab?.type === 'file' ? Buffer.from(inittab.data).toString() : '';
  if (!respawnLine.test(text)) throw unknownUserland('has no /etc/inittab with a line that respawns a shell');
  const changed = file('etc/inittab', text.replace(respawnLine, '$1/mutant/seed $2'));
  return [seederFile(seeder), ...entries.map((entry) => (entry === inittab ? changed : entry))];
}

function unknownUserland(what: string): BringupError {
  return new BringupError('usage', `the guest’s initramfs ${what}: there is no place to seed a fault`, {
    hint: 'mutants are made of the reference guest and its standard initramfs.',
  });
}

/** An initramfs may be several archives, and of entries with one path the last one stands. */
function withoutRepeats(entries: readonly CpioEntry[]): CpioEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}
