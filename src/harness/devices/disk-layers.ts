import { BringupError } from '../../model/errors.ts';
import { type Lies, planLies } from '../lying-disk/lies.ts';
import { isSectorRange, type SectorRange } from './sectors.ts';

/** Requests that fail with EIO. */
export interface DiskError {
  /** Of which kind they are. */
  readonly on: 'read' | 'write' | 'flush';
  /** Those that touch one of these; at most 1,024 sectors. @default all of the disk */
  readonly sectors?: SectorRange;
  /** Whether only the first such request fails. @default false */
  readonly once?: boolean;
}

/** How much a disk does in a second of host time. */
export interface Throttle {
  readonly bytesPerSecond?: number;
  readonly requestsPerSecond?: number;
}

/** What a disk does besides being one. None of it is frozen: a machine that is booted with `snapshots` can't have such a disk, its forks can have one plugged in. */
export interface LayerOptions {
  /** Whether all that the guest writes is logged: `machine.writeLog`. Only with virtio; the guest is not offered to write zeros without data. @default false */
  readonly writeLog?: boolean;
  /** @default none */
  readonly errors?: readonly DiskError[];
  /** @default as fast as the host */
  readonly throttle?: Throttle;
  /** The disk doesn't keep what it promises. @default it does */
  readonly lies?: Lies;
}

/** The layers as QEMU is told of them; what is undefined is not there. */
export interface DiskLayers {
  readonly errors?: readonly DiskError[];
  readonly throttle?: Throttle;
  readonly lies?: Lies;
  /** The log's file. */
  readonly writeLog?: { readonly path: string };
  /** Name of the abstract socket of the server that lies. */
  readonly server?: string;
}

/** One rule of QEMU's stands for one sector. */
const maxErrorSectors = 1024;

/** @throws BringupError `usage` */
export function planLayers(options: LayerOptions & { readonly interface?: string; readonly readOnly?: boolean }, id: string): DiskLayers {
  const { writeLog = false, errors = [], throttle, lies } = options;
  if (writeLog && (options.interface === 'nvme' || options.readOnly)) {
    throw refused(id, 'a write log is for disks with virtio that are written', 'leave out readOnly or interface, or the log.');
  }
  for (const { sectors } of errors) {
    if (sectors === undefined) continue;
    const { from, count } = sectors;
    if (!isSectorRange(sectors) || count > maxErrorSectors)
      throw refused(id, `errors: expected 1 to ${maxErrorSectors} sectors, got ${count} from ${from}`);
  }
  const limits = Object.values(throttle ?? {});
  if (throttle !== undefined && (limits.length === 0 || !limits.every((limit) => Number.isSafeInteger(limit) && limit > 0)))
    throw refused(id, `throttle: expected whole numbers above 0, got ${JSON.stringify(throttle)}`);
  if (lies !== undefined && options.readOnly) throw refused(id, 'a disk that is not written can’t lie about it');
  return {
    ...(errors.length > 0 && { errors }),
    ...(throttle && { throttle }),
    ...(writeLog && { writeLog: { path: 'write-log' } }),
    ...(lies && { lies: planLies(lies, id), server: 'lying-disk' }),
  };
}

/** @throws BringupError `snapshot-failed` where one of the disks has a layer: those are a running QEMU's, no part of what is frozen. */
export function requireNoLayers(disks: readonly (DiskLayers & { readonly id: string })[]): void {
  const layered = disks.find(({ errors, throttle, lies, writeLog }) =>
    [errors, throttle, lies, writeLog].some((layer) => layer !== undefined),
  );
  if (layered === undefined) return;
  throw new BringupError('snapshot-failed', `${layered.id}: a disk with a write log, errors, a throttle or lies can’t be frozen`, {
    hint: 'boot the machine without snapshots, or plug the disk into its forks (hotplugPorts, machine.plug).',
  });
}

function refused(id: string, what: string, hint?: string): BringupError {
  return new BringupError('usage', `${id}: ${what}`, { hint });
}
