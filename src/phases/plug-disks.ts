import type { DiskOptions } from '../harness/devices/disk.ts';
import type { Machine } from '../harness/machine.ts';
import type { CheckContext, GuestNeeds } from './define.ts';

/** As many as most checks need, so that they are forks of one machine. */
const usualPorts = 4;

/** The needs of a machine that those disks can be plugged into: it is prepared when they are there. */
export function needsWithPorts({ disks = [], preparation, ...needs }: GuestNeeds): GuestNeeds {
  return { ...needs, hotplugPorts: Math.max(usualPorts, disks.length + (needs.hotplugPorts ?? 0)) } as GuestNeeds;
}

/** Linux takes a third of a second; a host that is busy with others makes it more. */
const timeoutMs = 60_000;

/**
 * Plugs disks in, one after the other, so that the guest names them in order, and waits until it has each of them, its partitions read.
 * @throws BringupError `command-timeout` where the guest never takes one in; as `machine.plug` and `shell.run` do.
 */
export async function plugDisks(machine: Machine, disks: readonly DiskOptions[], within: CheckContext['within']): Promise<void> {
  const { signal } = within(timeoutMs);
  const counts = { virtio: 0, nvme: 0 };
  for (const disk of disks) {
    const kind = disk.interface ?? 'virtio';
    const index = counts[kind]++;
    await machine.plug(disk, { signal });
    const device = kind === 'virtio' ? `/dev/vd${String.fromCharCode('a'.charCodeAt(0) + index)}` : `/dev/nvme${index}n1`;
    // The node is there before it can be opened, and that before its partitions are (Linux, block/genhd.c: device_add_disk).
    const isOpen = `[ -b ${device} ] && blockdev --getsz ${device} >/dev/null 2>&1`;
    await machine.shell.run(`until ${isOpen}; do sleep 0.05; done; blockdev --rereadpt ${device} 2>/dev/null`, within(timeoutMs));
  }
}
