import { createHash } from 'node:crypto';
import { z } from 'zod';

const share = z.number().min(0).max(1);

/** What a link does to frames in one direction. Shares are of frames, 0 to 1. */
export const impairmentSchema = z.strictObject({
  /** Frames that never arrive. @default 0 */
  loss: share.default(0),
  /** Frames that arrive twice. @default 0 */
  duplicate: share.default(0),
  /** Frames of which one bit is another on arrival. @default 0 */
  corrupt: share.default(0),
  /** Frames that are held back by `reorderMs`, so that later ones overtake them. @default 0 */
  reorder: share.default(0),
  /** @default 5 */
  reorderMs: z.number().min(0).max(60_000).default(5),
  /** Of each frame. @default 0 */
  delayMs: z.number().min(0).max(60_000).default(0),
  /** Up to so much more or less, but frames keep their order. @default 0 */
  jitterMs: z.number().min(0).max(60_000).default(0),
  /** How fast frames leave, one behind the other; those that wait for longer than `queueMs` are lost. @default as fast as they come */
  bitsPerS: z.number().positive().optional(),
  /** @default 1000 */
  queueMs: z.number().positive().max(60_000).default(1_000),
});

export type Impairment = z.input<typeof impairmentSchema>;
type ImpairmentInFull = z.output<typeof impairmentSchema>;

/** Which frame it is: nothing else decides what happens to it. */
export interface FrameIdentity {
  readonly seed: number;
  readonly link: string;
  readonly direction: 'to' | 'from';
  /** Counted from 0, on this link and in this direction. */
  readonly number: number;
}

/** What becomes of a frame. */
export interface Fate {
  /** When each copy arrives, in milliseconds after it was sent; none of a frame that is lost. */
  readonly arrivals: readonly { readonly delayMs: number; readonly isHeldBack: boolean }[];
  /** A share of the frame's bits, 0 to 1, behind which the wrong bit is; undefined where none is. */
  readonly corruptAt: number | undefined;
}

const untouched: Fate = { arrivals: [{ delayMs: 0, isHeldBack: false }], corruptAt: undefined };

/** Decides what becomes of a frame, by the seed, the link, the direction and the frame's number alone. */
export function decide(impairment: ImpairmentInFull | undefined, frame: FrameIdentity): Fate {
  if (impairment === undefined) return untouched;
  const [lost, twice, corrupt, place, late, earlier] = draws(frame) as [number, number, number, number, number, number];
  if (lost < impairment.loss) return { arrivals: [], corruptAt: undefined };
  const isHeldBack = late < impairment.reorder;
  const delayMs = Math.max(0, impairment.delayMs + (2 * earlier - 1) * impairment.jitterMs) + (isHeldBack ? impairment.reorderMs : 0);
  const arrival = { delayMs, isHeldBack };
  return {
    arrivals: twice < impairment.duplicate ? [arrival, arrival] : [arrival],
    corruptAt: corrupt < impairment.corrupt ? place : undefined,
  };
}

/** Eight numbers from 0 to 1, 1 not among them, that are even and know nothing of each other. */
function draws({ seed, link, direction, number }: FrameIdentity): number[] {
  const digest = createHash('sha256').update(`${seed}\0${link}\0${direction}\0${number}`).digest();
  return Array.from({ length: 8 }, (_, index) => digest.readUInt32BE(4 * index) / 2 ** 32);
}

/** The frame with its bit at that share of all bits turned over. */
export function withWrongBit(frame: Uint8Array, at: number): Uint8Array {
  const bit = Math.floor(at * frame.length * 8);
  const changed = Uint8Array.from(frame);
  changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
  return changed;
}
