import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { KernelProfile } from '../../model/profile.ts';
import type { Snapshot } from '../machine.ts';
import { copyFile } from './copy-file.ts';
import { HeldFile } from './held-file.ts';
import { checkRam, isWhole } from './ram-check.ts';
import { FrozenMachine, type FrozenState } from './snapshot.ts';

/** The files of a stored snapshot. */
const ramName = 'ram';
const stateName = 'state';
const manifestName = 'machine.json';

const manifestSchema = z.strictObject({
  v: z.literal(1),
  ram: z.strictObject({ sizeBytes: z.number(), pieces: z.array(z.number()), crc32: z.number() }),
  /** SHA-256 of QEMU's migration stream, and of `frozen` as JSON. */
  stateSha256: z.string(),
  frozenSha256: z.string(),
  frozen: z.custom<FrozenState>((value) => typeof value === 'object'),
});

/** Writes a snapshot into an empty folder, from which `openSnapshot` makes it again, in other processes too. */
export async function saveSnapshot(snapshot: Snapshot, folder: string): Promise<void> {
  if (!(snapshot instanceof FrozenMachine)) throw new TypeError('the snapshot was not made by a machine of this package');
  const { frozen, files, state } = snapshot.parts;
  if (files.overlays.length > 0) throw new TypeError('a machine with disks can’t be stored: its images may change meanwhile');
  await writeFile(join(folder, ramName), '', { mode: 0o600 });
  await copyFile(files.ram.path, join(folder, ramName));
  await writeFile(join(folder, stateName), state);
  const manifest: z.infer<typeof manifestSchema> = {
    v: 1,
    ram: await checkRam(join(folder, ramName)),
    stateSha256: sha256(state),
    frozenSha256: sha256(JSON.stringify(frozen)),
    frozen,
  };
  await writeFile(join(folder, manifestName), JSON.stringify(manifest));
}

/** The snapshot in a folder, or why there is none: `undefined` where the folder is missing, else what is wrong with it. */
export async function openSnapshot(folder: string, profile: KernelProfile): Promise<Snapshot | { damage: string } | undefined> {
  let text: string;
  let state: Buffer;
  let ram: HeldFile;
  try {
    text = await readFile(join(folder, manifestName), 'utf8');
    state = await readFile(join(folder, stateName));
    ram = HeldFile.existing(join(folder, ramName));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const manifest = parseManifest(text);
  const damage = await damageOf(manifest, state, ram);
  if (manifest !== undefined && damage === undefined)
    return new FrozenMachine({ profile, frozen: manifest.frozen, files: { ram, overlays: [] }, state });
  ram[Symbol.dispose]();
  return { damage: damage ?? '' };
}

async function damageOf(manifest: z.infer<typeof manifestSchema> | undefined, state: Buffer, ram: HeldFile): Promise<string | undefined> {
  if (manifest === undefined) return 'its description can’t be read';
  if (sha256(JSON.stringify(manifest.frozen)) !== manifest.frozenSha256) return 'its description differs';
  if (sha256(state) !== manifest.stateSha256) return 'the state of its devices differs';
  return (await isWhole(ram.path, manifest.ram)) ? undefined : 'its memory differs';
}

function parseManifest(text: string): z.infer<typeof manifestSchema> | undefined {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
