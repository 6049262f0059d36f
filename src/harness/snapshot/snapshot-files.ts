import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { BootPlan } from '../boot-plan.ts';
import { closeFiles, type DiskFiles } from '../devices/disk-files.ts';
import type { Snapshot } from '../machine.ts';
import { GuestSymbols } from '../symbols/guest-symbols.ts';
import { copyFile } from './copy-file.ts';
import { HeldFile } from './held-file.ts';
import { checkRam, isWhole, type RamCheck } from './ram-check.ts';
import { FrozenMachine, type FrozenState } from './snapshot.ts';

/** The files of a stored snapshot. */
const ramName = 'ram';
const stateName = 'state';
/** Empty where none are known. */
const symbolsName = 'symbols.gz';
const manifestName = 'machine.json';

/** What the guest wrote to a disk. */
const diskName = (index: number): string => `disk${index}`;

const fileSchema = z.strictObject({ sizeBytes: z.number(), pieces: z.array(z.number()), crc32: z.number() });
const manifestSchema = z.strictObject({
  v: z.literal(1),
  ram: fileSchema,
  /** Null where nothing can be written. */
  disks: z.array(fileSchema.nullable()),
  /** SHA-256 of QEMU's migration stream, of the symbols' file, and of `frozen` as JSON. */
  stateSha256: z.string(),
  symbolsSha256: z.string(),
  frozenSha256: z.string(),
  frozen: z.custom<FrozenState>((value) => typeof value === 'object'),
});

type Manifest = z.infer<typeof manifestSchema>;

/** Writes a snapshot into an empty folder, from which `openSnapshot` makes it again, in other processes too. */
export async function saveSnapshot(snapshot: Snapshot, folder: string): Promise<void> {
  if (!(snapshot instanceof FrozenMachine)) throw new TypeError('the snapshot was not made by a machine of this package');
  const { frozen, files, state } = snapshot.parts;
  const ram = await storeFile(files.ram, join(folder, ramName));
  const disks = await Promise.all(files.disks.map(async (file, index) => (file ? storeFile(file, join(folder, diskName(index))) : null)));
  await writeFile(join(folder, stateName), state);
  const symbols = snapshot.symbols?.packed ?? Buffer.alloc(0);
  await writeFile(join(folder, symbolsName), symbols);
  const manifest: Manifest = {
    v: 1,
    ram,
    disks,
    stateSha256: sha256(state),
    symbolsSha256: sha256(symbols),
    frozenSha256: sha256(JSON.stringify(frozen)),
    frozen,
  };
  await writeFile(join(folder, manifestName), JSON.stringify(manifest));
}

async function storeFile(file: HeldFile, path: string): Promise<RamCheck> {
  await writeFile(path, '', { mode: 0o600 });
  await copyFile(file.path, path);
  return checkRam(path);
}

/**
 * The snapshot in a folder, or why there is none: `undefined` where the folder is missing, else what is wrong with it. The plan is one of an equal
 * machine, whose images may lie elsewhere.
 */
export async function openSnapshot(folder: string, plan: BootPlan): Promise<Snapshot | { damage: string } | undefined> {
  let text: string;
  let state: Buffer;
  let packed: Buffer;
  let ram: HeldFile;
  try {
    text = await readFile(join(folder, manifestName), 'utf8');
    state = await readFile(join(folder, stateName));
    packed = await readFile(join(folder, symbolsName));
    ram = HeldFile.existing(join(folder, ramName));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const manifest = parseManifest(text);
  const disks = openDisks(folder, manifest);
  const damage = await damageOf(manifest, { state, packed, ram, disks });
  if (manifest !== undefined && damage === undefined)
    return new FrozenMachine({
      profile: plan.profile,
      frozen: { ...manifest.frozen, spec: plan.spec, started: plan.started },
      files: { ram, disks },
      state,
      symbols: packed.length === 0 ? undefined : GuestSymbols.unpacked(packed),
    });
  closeFiles([ram, ...disks]);
  return { damage: damage ?? '' };
}

/** Undefined in it is what needs no file, and what is missing. */
function openDisks(folder: string, manifest: Manifest | undefined): DiskFiles {
  return (manifest?.disks ?? []).map((check, index) => {
    const path = join(folder, diskName(index));
    return check !== null && existsSync(path) ? HeldFile.existing(path) : undefined;
  });
}

async function damageOf(
  manifest: Manifest | undefined,
  { state, packed, ram, disks }: { state: Buffer; packed: Buffer; ram: HeldFile; disks: DiskFiles },
): Promise<string | undefined> {
  if (manifest === undefined) return 'its description can’t be read';
  if (sha256(JSON.stringify(manifest.frozen)) !== manifest.frozenSha256) return 'its description differs';
  if (sha256(state) !== manifest.stateSha256) return 'the state of its devices differs';
  if (sha256(packed) !== manifest.symbolsSha256) return 'its symbols differ';
  for (const [index, check] of manifest.disks.entries()) {
    const file = disks[index];
    if (check !== null && !(file && (await isWhole(file.path, check)))) return 'a disk differs';
  }
  return (await isWhole(ram.path, manifest.ram)) ? undefined : 'its memory differs';
}

function parseManifest(text: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
