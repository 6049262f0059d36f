import { BringupError } from '../../model/errors.ts';

/** A guest's time as a count of its instructions, whatever the host leaves it: an idle guest's goes on at once. */
export interface VirtualTime {
  /** A power of two, 1,024 at most. TCG makes some 125 instructions a microsecond: with 8 such a guest's second is about the host's. */
  readonly nsPerInstruction: number;
}

const mostShifted = 10;

/**
 * QEMU's manual, `-icount`. The guest's clock begins at a date of its own, and goes with its time.
 * @throws BringupError `usage`
 */
export function virtualTimeArguments({ nsPerInstruction }: VirtualTime): string[] {
  const shift = Math.log2(nsPerInstruction);
  if (!Number.isInteger(shift) || shift < 0 || shift > mostShifted)
    throw new BringupError(
      'usage',
      `virtualTime.nsPerInstruction: expected a power of two from 1 to ${2 ** mostShifted}, got ${nsPerInstruction}`,
    );
  return ['-icount', `shift=${shift},sleep=off`, '-rtc', 'base=2026-01-01,clock=vm'];
}
