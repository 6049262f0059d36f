import { stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Artifact, ArtifactProvider } from '../../model/artifact.ts';
import { BringupError } from '../../model/errors.ts';
import { cached } from '../cache.ts';
import { runSystemTool, runTool, type ToolOptions } from '../tool.ts';

export interface PartitionedImageOptions {
  readonly table: 'mbr' | 'gpt';
  /** MBR: at most four. Each begins at a whole MiB, the first at 1 MiB. */
  readonly partitions: readonly ({ readonly image: ArtifactProvider } | { readonly sizeMiB: number })[];
}

/** A partition as the table has it. */
export interface Partition {
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** Two hexadecimal digits in an MBR, a GUID in a GPT. */
  readonly type: string;
}

const mebibyte = 2 ** 20;
const sectorBytes = 512;
/** Linux's file systems. */
const types = { mbr: '83', gpt: '0FC63DAF-8483-4772-8E79-3D69D8477DE4' } as const;
const ids = { mbr: '0x62726e67', gpt: '6272696E-6775-7000-8000-000000000010' } as const;
/** Of an MBR without logical ones; of a GPT those that `ids` tells apart. */
const mostPartitions = { mbr: 4, gpt: 15 } as const;
/** GPT has a second table at the end. */
const endMiB = 1;

/** Where a partition of such an image begins, in bytes, behind others of these sizes. */
export function partitionOffset(index: number, sizesMiB: readonly number[] = []): number {
  return (1 + sizesMiB.slice(0, index).reduce((sum, size) => sum + size, 0)) * mebibyte;
}

/**
 * A disk with a partition table, the same bytes for the same options.
 * @throws BringupError `usage`
 */
export function partitionedImage({ table, partitions }: PartitionedImageOptions): ArtifactProvider {
  const most = mostPartitions[table];
  if (partitions.length > most)
    throw new BringupError('usage', `expected at most ${most} partitions in an ${table} table, got ${partitions.length}`);
  return async (provide = {}) => {
    const parts = await Promise.all(partitions.map(async (part) => ('image' in part ? fileSystem(await part.image(provide)) : part)));
    const sizes = parts.map(({ sizeMiB }) => sizeMiB);
    const entry = await cached({
      kind: 'partitioned-image',
      revision: 1,
      inputs: { table, parts: parts.map((part) => ('sha256' in part ? [part.sizeMiB, part.sha256] : [part.sizeMiB])) },
      ...provide,
      build: async (dir) => {
        const path = join(dir, 'image');
        await writeFile(path, '');
        await truncate(path, partitionOffset(sizes.length, sizes) + endMiB * mebibyte);
        await writeTable(path, table, sizes, provide);
        for (const [index, part] of parts.entries()) if ('path' in part) await placeAt(path, part.path, partitionOffset(index, sizes));
      },
    });
    const { path, sha256 } = entry.file('image');
    return { path, sha256, name: `${table}-disk` };
  };
}

async function fileSystem({ path, sha256 }: Artifact): Promise<{ path: string; sha256: string; sizeMiB: number }> {
  const { size } = await stat(path);
  return { path, sha256, sizeMiB: Math.ceil(size / mebibyte) };
}

async function writeTable(path: string, table: 'mbr' | 'gpt', sizesMiB: readonly number[], tool: ToolOptions): Promise<void> {
  const lines = sizesMiB.map((sizeMiB, index) => {
    const [start, size] = [partitionOffset(index, sizesMiB), sizeMiB * mebibyte].map((bytes) => bytes / sectorBytes);
    const own = table === 'gpt' ? `, uuid=${ids.gpt.slice(0, -1)}${(index + 1).toString(16).toUpperCase()}` : '';
    return `start=${start}, size=${size}, type=${types[table]}${own}`;
  });
  const input = [`label: ${table === 'mbr' ? 'dos' : 'gpt'}`, `label-id: ${ids[table]}`, 'unit: sectors', ...lines, ''].join('\n');
  const { exitCode, stderr } = await runSystemTool('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', path], { ...tool, input });
  // It makes something of what can't be, and says nothing.
  const isAsAsked =
    exitCode === 0 && (await partitionsOf(path)).every(({ sizeBytes }, index) => sizeBytes === (sizesMiB[index] ?? 0) * mebibyte);
  if (isAsAsked) return;
  throw new BringupError(
    'artifact-failed',
    `sfdisk did not write the partition table that was asked for (exit code ${exitCode}): ${stderr.trim()}`,
    {
      hint: 'sizes are whole MiB of at least 1.',
    },
  );
}

/** Puts a file's content into another, holes left out. */
async function placeAt(image: string, file: string, offsetBytes: number): Promise<void> {
  await runTool('dd', [`if=${file}`, `of=${image}`, 'bs=1M', `seek=${offsetBytes / mebibyte}`, 'conv=notrunc,sparse', 'status=none']);
}

const tableSchema = z.object({
  partitiontable: z.object({
    sectorsize: z.number().default(sectorBytes),
    partitions: z.array(z.object({ start: z.number(), size: z.number(), type: z.string() })).default([]),
  }),
});

/**
 * The partitions that a raw image's table names.
 * @throws BringupError `image-invalid` where there is no table.
 */
export async function partitionsOf(path: string): Promise<Partition[]> {
  const { exitCode, stdout, stderr } = await runSystemTool('sfdisk', ['--json', path]);
  if (exitCode !== 0)
    throw new BringupError('image-invalid', `sfdisk finds no partition table: ${stderr.trim().replaceAll(path, 'the image')}`);
  const { sectorsize, partitions } = tableSchema.parse(JSON.parse(stdout.toString())).partitiontable;
  return partitions.map(({ start, size, type }) => ({ startBytes: start * sectorsize, sizeBytes: size * sectorsize, type }));
}
