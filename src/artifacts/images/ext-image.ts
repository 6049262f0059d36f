import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArtifactProvider } from '../../model/artifact.ts';
import { BringupError } from '../../model/errors.ts';
import { cached, type Json } from '../cache.ts';
import { runSystemTool, type ToolOptions } from '../tool.ts';
import { attributeRequests, filesKey, type ImageFiles, imageEpoch, stageFiles } from './image-files.ts';

export interface ExtImageOptions {
  /** @default 'ext2' */
  readonly type?: 'ext2' | 'ext3' | 'ext4';
  readonly sizeMiB: number;
  /** In bytes. @default 1024 */
  readonly blockSize?: 1024 | 2048 | 4096;
  /** As mke2fs's -O takes them, e.g. `^has_journal`. @default the type's */
  readonly features?: readonly string[];
  /** At most 16 bytes. @default none */
  readonly label?: string;
  /** How many there are. @default mke2fs's, by the size */
  readonly inodes?: number;
  /** In bytes. @default 256 */
  readonly inodeSize?: 128 | 256;
  /** Share of the blocks that is root's. @default 0 */
  readonly reservedPercent?: number;
  /** What the kernel does on finding an error. @default 'continue' */
  readonly errors?: 'continue' | 'remount-ro' | 'panic';
  /** @default nothing but lost+found */
  readonly files?: ImageFiles;
}

/** Of all images: what differs between them is their content. */
const uuid = '6272696e-6775-7000-8000-000000000001';
const hashSeed = '6272696e-6775-7000-8000-000000000002';

/** Of mke2fs and debugfs, in place of the host's clock (libext2fs, ext2fs_open2 and its programs). */
const fixedTime = { E2FSPROGS_FAKE_TIME: String(imageEpoch) };

/** An ext2, ext3 or ext4 file system in a raw image, the same bytes for the same options and the same mke2fs. Takes no root. */
export function extImage({ files = {}, ...options }: ExtImageOptions): ArtifactProvider {
  const { type = 'ext2' } = options;
  return async (provide = {}) => {
    const { stderr } = await runSystemTool('mke2fs', ['-V'], provide);
    const version = /mke2fs (\S+)/.exec(stderr)?.[1] ?? '';
    const entry = await cached({
      kind: 'disk-image',
      revision: 1,
      inputs: { version, options: { ...options, features: options.features ?? [] } as Json, files: filesKey(files) },
      ...provide,
      build: async (dir) => {
        provide.onProgress?.(`making an ${type} image of ${options.sizeMiB} MiB`);
        await makeImage(join(dir, 'image'), options, files, provide);
      },
    });
    const { path, sha256 } = entry.file('image');
    return { path, sha256, name: `${type}-${options.sizeMiB}MiB`, version };
  };
}

async function makeImage(path: string, options: Omit<ExtImageOptions, 'files'>, files: ImageFiles, tool: ToolOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bringup-image-'));
  try {
    const staged = join(folder, 'files');
    await mkdir(staged);
    await stageFiles(files, staged);
    await must('mke2fs', [...mke2fsArguments(options), '-d', staged, path, `${options.sizeMiB}M`], tool);
    const script = join(folder, 'requests');
    await writeFile(script, attributeRequests({ ...files, '/lost+found': { directory: true, mode: 0o700 } }).join('\n'));
    await must('debugfs', ['-w', '-f', script, path], tool);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function mke2fsArguments({
  type = 'ext2',
  blockSize = 1024,
  features = [],
  label,
  inodes,
  inodeSize = 256,
  reservedPercent = 0,
  errors,
}: ExtImageOptions): string[] {
  return [
    ...['-q', '-F', '-t', type, '-b', String(blockSize), '-I', String(inodeSize), '-m', String(reservedPercent)],
    ...['-U', uuid, '-E', `hash_seed=${hashSeed},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0`, '-e', errors ?? 'continue'],
    ...(features.length === 0 ? [] : ['-O', features.join(',')]),
    ...(label === undefined ? [] : ['-L', label]),
    ...(inodes === undefined ? [] : ['-N', String(inodes)]),
  ];
}

/** debugfs says what it can't do on standard error, and exits with 0. */
async function must(command: string, args: readonly string[], tool: ToolOptions): Promise<void> {
  const { exitCode, stderr } = await runSystemTool(command, args, { ...tool, env: fixedTime });
  const complaint = stderr.replace(/^(?:mke2fs|debugfs) [\d.]+ .*\n/m, '').trim();
  if (exitCode === 0 && complaint === '') return;
  throw new BringupError('artifact-failed', `${command} could not make the image (exit code ${exitCode}): ${complaint.slice(-1000)}`, {
    hint: 'do the files fit, and are size, block size, inodes and features what mke2fs takes?',
  });
}
