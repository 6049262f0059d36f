import { BringupError } from '../../model/errors.ts';
import { isSectorRange, type SectorRange, sectorBytes } from '../devices/sectors.ts';

/**
 * How a disk lies. Its writes go to a volatile cache first, as any disk's may, and FLUSH makes them durable; at a power cut (its machine ended, in whatever
 * way) what is only in the cache is lost. What it does to a request depends on `seed` and the request's number alone.
 */
export interface Lies {
  readonly seed: number;
  /** FLUSH, and a write's FUA, is answered, and nothing is made durable. @default false */
  readonly ignoresFlushes?: boolean;
  /** Share of writes that are answered and forgotten, 0 to 1. @default 0 */
  readonly loses?: number;
  /** Share of writes of which only the first sectors are done; those of one sector are lost. @default 0 */
  readonly tears?: number;
  /** Share of writes in which one bit turns. @default 0 */
  readonly corrupts?: number;
  /** Share of the writes in the cache that a power cut leaves: later ones without earlier ones, too. @default 0 */
  readonly survivors?: number;
  /** Only writes wholly within are lost, torn or corrupted. @default all of the disk */
  readonly sectors?: SectorRange;
}

const shares = ['loses', 'tears', 'corrupts', 'survivors'] as const;

/** @throws BringupError `usage` */
export function planLies(lies: Lies, id: string): Lies {
  for (const name of shares) {
    const share = lies[name] ?? 0;
    if (!(share >= 0 && share <= 1)) throw new BringupError('usage', `${id}: lies.${name}: expected 0 to 1, got ${share}`);
  }
  const { loses = 0, tears = 0, corrupts = 0, seed, sectors } = lies;
  // A write is lost, torn or corrupted, never two of them.
  if (loses + tears + corrupts > 1) throw new BringupError('usage', `${id}: lies: expected loses + tears + corrupts of at most 1`);
  if (!Number.isInteger(seed)) throw new BringupError('usage', `${id}: lies.seed: expected a whole number, got ${seed}`);
  if (sectors && !isSectorRange(sectors)) {
    throw new BringupError('usage', `${id}: lies.sectors: expected whole numbers, got ${sectors.count} from ${sectors.from}`);
  }
  return lies;
}

/** A write as it reaches the disk: undefined where it is lost. `number` counts the disk's requests. */
export function distort(lies: Lies, number: number, position: number, data: Buffer): Buffer | undefined {
  if (!isWithin(lies.sectors, position, data.length)) return data;
  const chance = chanceOf(lies.seed, number, 0);
  const { loses = 0, tears = 0, corrupts = 0 } = lies;
  if (chance < loses) return undefined;
  if (chance < loses + tears) return torn(data, chanceOf(lies.seed, number, 1));
  if (chance < loses + tears + corrupts) return corrupted(data, chanceOf(lies.seed, number, 1));
  return data;
}

/** Whether a write in the cache outlives the power cut. */
export function survives({ seed, survivors = 0 }: Lies, number: number): boolean {
  return chanceOf(seed, number, 2) < survivors;
}

function isWithin(range: SectorRange | undefined, position: number, sizeBytes: number): boolean {
  if (range === undefined) return true;
  return position >= range.from * sectorBytes && position + sizeBytes <= (range.from + range.count) * sectorBytes;
}

function torn(data: Buffer, chance: number): Buffer | undefined {
  const sectors = Math.floor(data.length / sectorBytes);
  if (sectors < 2) return undefined;
  return data.subarray(0, (1 + Math.floor(chance * (sectors - 1))) * sectorBytes);
}

function corrupted(data: Buffer, chance: number): Buffer {
  const changed = Buffer.from(data);
  const bit = Math.floor(chance * data.length * 8);
  changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
  return changed;
}

/** Of [0, 1), by a mixer of 32 bits (splitmix32's steps). */
function chanceOf(seed: number, number: number, use: number): number {
  let mixed = (Math.imul(seed, 0x9e3779b9) + Math.imul(number, 0x85ebca6b) + Math.imul(use, 0xc2b2ae35)) | 0;
  for (const [shift, factor] of [
    [16, 0x21f0aaad],
    [15, 0x735a2d97],
  ] as const)
    mixed = Math.imul(mixed ^ (mixed >>> shift), factor);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}
