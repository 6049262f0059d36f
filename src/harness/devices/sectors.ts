/** Sectors of 512 bytes, whatever the disk's own are. */
export interface SectorRange {
  readonly from: number;
  readonly count: number;
}

export const sectorBytes = 512;

/** Whether it names at least one sector, and only whole ones. */
export function isSectorRange({ from, count }: SectorRange): boolean {
  return [from, count].every(Number.isSafeInteger) && from >= 0 && count >= 1;
}
