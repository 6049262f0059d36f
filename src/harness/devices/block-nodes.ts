import type { Disk, ImageFile } from './disk.ts';

/** A node of QEMU's block layer, as -blockdev and QMP's blockdev-add take it (QEMU, qapi/block-core.json: BlockdevOptions). */
export interface BlockNode {
  readonly driver: string;
  readonly 'node-name': string;
  readonly [option: string]: unknown;
}

/** The nodes of a disk, each after those that it stands on; the device takes the last one. Their names: `<id>-file`, `<id>-image`, `<id>-base-image`... */
export function blockNodes({ id, image, readOnly }: Disk): BlockNode[] {
  return imageNodes(image, id, readOnly);
}

function imageNodes(image: ImageFile, name: string, readOnly: boolean): BlockNode[] {
  const below = image.backing === undefined ? [] : imageNodes(image.backing, `${name}-base`, true);
  const file = fileNode(image, name, readOnly);
  const format = formatNode(image, name, readOnly, below.at(-1)?.['node-name']);
  return [...below, file, format];
}

/** The file on the host. */
function fileNode(image: ImageFile, name: string, readOnly: boolean): BlockNode {
  return { driver: 'file', 'node-name': `${name}-file`, filename: image.path, 'read-only': readOnly, ...caching(image) };
}

/** What makes a disk of the file. */
function formatNode(image: ImageFile, name: string, readOnly: boolean, backing: string | undefined): BlockNode {
  return {
    driver: image.format,
    'node-name': `${name}-image`,
    file: `${name}-file`,
    'read-only': readOnly,
    ...(backing !== undefined && { backing }),
    ...caching(image),
  };
}

/** Nobody will read a temporary file after its QEMU: no flush of the guest's need wait for the host's disk. */
function caching({ isTemporary }: ImageFile): Pick<BlockNode, 'cache'> | undefined {
  return isTemporary ? { cache: { direct: false, 'no-flush': true } } : undefined;
}
