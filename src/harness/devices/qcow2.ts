/** (QEMU, docs/interop/qcow2.txt) */
const magic = 0x514649fb;
const clusterBits = 16;
const clusterBytes = 1 << clusterBits;
const headerBytes = 104;
/** Guest bytes that one entry of the L1 table stands for: a cluster of L2 entries, 8 bytes each. */
const bytesOfL1Entry = (clusterBytes / 8) * clusterBytes;
/** Entries of refcount blocks are 16 bits wide. */
const refcountOrder = 4;

/** Size of the disk that an image holds, in bytes, and whether its header names a backing file; undefined where it is no qcow2 image. */
export function parseQcow2Header(header: Uint8Array): { sizeBytes: number; hasBacking: boolean } | undefined {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view.byteLength < 32 || view.getUint32(0) !== magic) return undefined;
  return { sizeBytes: Number(view.getBigUint64(24)), hasBacking: view.getBigUint64(8) !== 0n };
}

/** An image, version 3, in which nothing was written: its clusters are the header, a table of refcount blocks, one such block, the L1 table. */
export function emptyQcow2(diskBytes: number): Uint8Array {
  const sizeBytes = Math.ceil(diskBytes / 512) * 512;
  const l1Entries = Math.max(1, Math.ceil(sizeBytes / bytesOfL1Entry));
  const l1Clusters = Math.ceil((l1Entries * 8) / clusterBytes);
  const [tableAt, blockAt, l1At] = [1, 2, 3].map((cluster) => cluster * clusterBytes) as [number, number, number];
  const image = new Uint8Array(l1At + l1Clusters * clusterBytes);
  const view = new DataView(image.buffer);
  const version = 3;
  view.setUint32(0, magic);
  view.setUint32(4, version);
  view.setUint32(20, clusterBits);
  view.setBigUint64(24, BigInt(sizeBytes));
  view.setUint32(36, l1Entries);
  view.setBigUint64(40, BigInt(l1At));
  view.setBigUint64(48, BigInt(tableAt));
  view.setUint32(56, 1);
  view.setUint32(96, refcountOrder);
  view.setUint32(100, headerBytes);
  view.setBigUint64(tableAt, BigInt(blockAt));
  for (let cluster = 0; cluster < image.length / clusterBytes; cluster += 1) view.setUint16(blockAt + cluster * 2, 1);
  return image;
}
