import type { Disk } from './disk.ts';
import type { Network } from './network.ts';

/** A device, as -device and QMP's device_add take it (QEMU's manual, "-device"). */
export type Device = Readonly<Record<string, string | number | boolean>>;

/** `node` is the topmost of its block nodes. */
export function diskDevice({ id, interface: kind, serial, sectorSize, writeLog }: Disk, node: string): Device {
  const sectors = { logical_block_size: sectorSize, physical_block_size: sectorSize };
  // Of zeros without data the log's entry comes in two pieces, between which that of another request can lie (QEMU 7.2, block/blklogwrites.c).
  const zeros = writeLog && { 'write-zeroes': false };
  return { driver: kind === 'nvme' ? 'nvme' : 'virtio-blk-pci', id, drive: node, serial, ...sectors, ...zeros };
}

/** Without the option ROM that it would boot from: reading that is half of QEMU's start. */
export function networkDevice({ id, mac }: Network): Device {
  return { driver: 'virtio-net-pci', id, netdev: id, mac, romfile: '' };
}

/** A place for a device that is plugged in later: the root bus itself takes none. */
export function portDevice(index: number): Device {
  return { driver: 'pcie-root-port', id: portId(index), chassis: index + 1, slot: index + 1 };
}

export function portId(index: number): string {
  return `port${index}`;
}
