import type { Disk } from './disk.ts';
import type { DiskError } from './disk-layers.ts';
import type { ImageFile } from './image-file.ts';

/** A node of QEMU's block layer, as -blockdev and QMP's blockdev-add take it (QEMU, qapi/block-core.json: BlockdevOptions). */
export interface BlockNode {
  readonly driver: string;
  readonly 'node-name': string;
  readonly [option: string]: unknown;
}

/** An object that a node needs, as -object and QMP's object-add take it (QEMU, qapi/qom.json: ObjectOptions). */
export interface BlockObject {
  readonly 'qom-type': string;
  readonly id: string;
  readonly [option: string]: unknown;
}

/**
 * The nodes of a disk, each after those that it stands on; the device takes the last one. Their names: `<id>-file`, `<id>-image`,
 * `<id>-base-image`, ..., and of the layers `<id>-log`, `<id>-throttle`, `<id>-errors`. The log is below what makes requests fail: it has those that reached the disk.
 */
export function blockNodes(disk: Disk): BlockNode[] {
  const content = disk.server === undefined ? imageNodes(disk.image, disk.id, disk.readOnly) : servedNodes(disk, disk.server);
  for (const layer of [logLayer, throttleLayer, errorLayer]) content.push(...layer(disk, topOf(content)));
  return content;
}

/** What must be there before those nodes. */
export function blockObjects({ id, throttle }: Disk): BlockObject[] {
  if (throttle === undefined) return [];
  const { bytesPerSecond, requestsPerSecond } = throttle;
  const limits = {
    ...(bytesPerSecond !== undefined && { 'bps-total': bytesPerSecond }),
    ...(requestsPerSecond !== undefined && { 'iops-total': requestsPerSecond }),
  };
  return [{ 'qom-type': 'throttle-group', id: `${id}-limits`, limits }];
}

export function topOf(nodes: readonly BlockNode[]): string {
  return nodes.at(-1)?.['node-name'] ?? '';
}

/** (QEMU, block/blklogwrites.c) */
function logLayer({ id, writeLog }: Disk, below: string): BlockNode[] {
  if (writeLog === undefined) return [];
  const file = { driver: 'file', 'node-name': logFileNode(id), filename: writeLog.path, ...temporary };
  return [file, { driver: 'blklogwrites', 'node-name': logNode(id), file: below, log: logFileNode(id), ...discards }];
}

/** The node that writes the log. */
export function logNode(id: string): string {
  return `${id}-log`;
}

function logFileNode(id: string): string {
  return `${id}-log-file`;
}

/** (QEMU, docs/throttle.txt) */
function throttleLayer({ id, throttle }: Disk, below: string): BlockNode[] {
  if (throttle === undefined) return [];
  return [{ driver: 'throttle', 'node-name': `${id}-throttle`, 'throttle-group': `${id}-limits`, file: below, ...discards }];
}

/** (QEMU, docs/devel/blkdebug.rst) */
function errorLayer({ id, errors }: Disk, below: string): BlockNode[] {
  if (errors === undefined) return [];
  return [{ driver: 'blkdebug', 'node-name': `${id}-errors`, image: below, 'inject-error': errors.flatMap(errorRules), ...discards }];
}

const inputOutputError = 5;

/** A rule has one sector or none, and matches requests that touch it. */
function errorRules({ on, sectors, once = false }: DiskError): Record<string, unknown>[] {
  const rule = { event: 'none', iotype: on, errno: inputOutputError, once };
  const rules = on === 'write' ? [rule, { ...rule, iotype: 'write-zeroes' }] : [rule];
  if (sectors === undefined) return rules;
  const each = Array.from({ length: sectors.count }, (_, index) => sectors.from + index);
  return rules.flatMap((rule) => each.map((sector) => ({ ...rule, sector })));
}

/** A disk whose content another process, or this one, answers for. */
function servedNodes({ id, readOnly }: Disk, server: string): BlockNode[] {
  const address = { type: 'unix', path: server, abstract: true };
  return [{ driver: 'nbd', 'node-name': `${id}-image`, server: address, 'read-only': readOnly, ...discards }];
}

function imageNodes(image: ImageFile, name: string, readOnly: boolean): BlockNode[] {
  const below = image.backing === undefined ? [] : imageNodes(image.backing, `${name}-base`, true);
  const file = fileNode(image, name, readOnly);
  const format = formatNode(image, name, readOnly, below.at(-1)?.['node-name']);
  return [...below, file, format];
}

/** The file on the host. */
function fileNode(image: ImageFile, name: string, readOnly: boolean): BlockNode {
  return { driver: 'file', 'node-name': `${name}-file`, filename: image.path, 'read-only': readOnly, ...discards, ...caching(image) };
}

/** What makes a disk of the file. */
function formatNode(image: ImageFile, name: string, readOnly: boolean, backing: string | undefined): BlockNode {
  return {
    driver: image.format,
    'node-name': `${name}-image`,
    file: `${name}-file`,
    'read-only': readOnly,
    ...discards,
    ...(backing !== undefined && { backing }),
    ...caching(image),
  };
}

const temporary = { cache: { direct: false, 'no-flush': true } } as const;

/** Without it a node answers a discard, and passes nothing on (QEMU, qapi/block-core.json: BlockdevDiscardOptions). */
const discards = { discard: 'unmap' } as const;

/** Nobody will read a temporary file after the host went down: no flush of the guest's need wait for the host's disk. */
function caching({ isTemporary }: ImageFile): Pick<BlockNode, 'cache'> | undefined {
  return isTemporary ? temporary : undefined;
}
