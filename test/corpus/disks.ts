import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../../src/artifacts/tool.ts';

const sizeKiB = 8192;

/** Makes the disk images that cases name as DISKS/..., by e2fsprogs: whole, empty and damaged ones. */
export async function makeDisks(folder: string): Promise<void> {
  const files = join(folder, 'files');
  await mkdir(join(files, 'folder'), { recursive: true });
  for (let k = 0; k < 4; k += 1) await writeFile(join(files, 'folder', `file${k}`), `${k}\n`.repeat(2_000));
  for (let k = 0; k < 3; k += 1) await writeFile(join(files, `file${k}`), `text ${k}\n`.repeat(3_000));
  const make = async (name: string, type: string) => {
    const image = join(folder, `${name}.img`);
    await rm(image, { force: true });
    await runTool('mke2fs', ['-q', '-t', type, '-b', '1024', '-O', '^metadata_csum', '-d', files, image, String(sizeKiB)]);
    return image;
  };
  await make('clean', 'ext4');
  const zeros = join(folder, 'zeros.img');
  await writeFile(zeros, Buffer.alloc(sizeKiB * 1024));
  await overwrite(await make('directory', 'ext4'), 'blocks /folder', 0x41);
  await overwrite(await make('ext2', 'ext2'), 'blocks /folder', 0);
  await runTool('debugfs', ['-w', '-R', 'set_inode_field /file1 block[0] 0x1234', await make('inode', 'ext4')]);
  await runTool('debugfs', ['-w', '-R', 'feature needs_recovery', await make('dirty', 'ext4')]);
}

/** Fills the first block that debugfs names. */
async function overwrite(image: string, request: string, byte: number): Promise<void> {
  const block = Number.parseInt((await runTool('debugfs', ['-R', request, image])).trim(), 10);
  const file = await open(image, 'r+');
  await file.write(Buffer.alloc(1024, byte), 0, 1024, block * 1024);
  await file.close();
}
