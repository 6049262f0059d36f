/** Sectors of 512 bytes, whatever the disk's own are. */
export interface SectorRange {
  readonly from: number;
  readonly count: number;
}

export const sectorBytes = 512;
