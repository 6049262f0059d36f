import { decide, type Fate, type FrameIdentity, type Impairment, impairmentSchema, withWrongBit } from './impairment.ts';

/** What a line did to a frame, in words; undefined where it did nothing. */
export type Deed = string | undefined;

/** What is set on a line, and how many frames it has seen. */
export interface LineState {
  readonly impairment: ReturnType<typeof impairmentSchema.parse> | undefined;
  readonly count: number;
}

export interface LineOptions extends Omit<FrameIdentity, 'number'> {
  /** Hands a frame on. */
  readonly deliver: (frame: Uint8Array, deed: Deed) => void;
  /** A frame that is not handed on, and why. */
  readonly drop: (frame: Uint8Array, why: string) => void;
}

interface Waiting {
  readonly dueMs: number;
  readonly frame: Uint8Array;
  readonly deed: Deed;
}

/** One direction of a link: frames go in, and come out later, changed, twice, in another order, or not at all. */
export class Line implements Disposable {
  readonly #options: LineOptions;
  #impairment: LineState['impairment'];
  #count = 0;
  /** When the line is free to send the next frame, and when the last one that keeps its place arrives, by `performance.now()`. */
  #freeMs = 0;
  #lastMs = 0;
  /** In the order in which they are due. */
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** From the next frame on; undefined for none. Frames that are under way stay as they are. @throws ZodError */
  impair(impairment: Impairment | undefined): void {
    this.#impairment = impairment === undefined ? undefined : impairmentSchema.parse(impairment);
  }

  get state(): LineState {
    return { impairment: this.#impairment, count: this.#count };
  }

  /** Goes on from another line: the next frame has its next number. */
  restore({ impairment, count }: LineState): void {
    this.#impairment = impairment;
    this.#count = count;
  }

  send(frame: Uint8Array): void {
    if (this.#isDisposed) return;
    const { seed, link, direction, deliver, drop } = this.#options;
    const fate = decide(this.#impairment, { seed, link, direction, number: this.#count++ });
    const sentMs = fate.arrivals.length === 0 ? undefined : this.#departure(frame);
    if (sentMs === undefined) {
      drop(frame, fate.arrivals.length === 0 ? 'lost' : 'the queue was full');
      return;
    }
    const sent = fate.corruptAt === undefined ? frame : withWrongBit(frame, fate.corruptAt);
    const nowMs = performance.now();
    for (const [copy, arrival] of fate.arrivals.entries()) {
      const dueMs = arrival.isHeldBack ? sentMs + arrival.delayMs : Math.max(sentMs + arrival.delayMs, this.#lastMs);
      if (!arrival.isHeldBack) this.#lastMs = dueMs;
      const deed = deedOf(fate, copy, dueMs - nowMs);
      if (dueMs <= nowMs && this.#waiting.length === 0) deliver(sent, deed);
      else this.#wait({ dueMs, frame: sent, deed });
    }
  }

  /** Drops what is under way. */
  clear(why: string): void {
    clearTimeout(this.#timer);
    for (const { frame } of this.#waiting.splice(0)) this.#options.drop(frame, why);
    this.#lastMs = 0;
    this.#freeMs = 0;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#isDisposed = true;
  }

  /** When the frame has left the line's near end; undefined where it would wait too long. */
  #departure(frame: Uint8Array): number | undefined {
    const nowMs = performance.now();
    const { bitsPerS, queueMs = 0 } = this.#impairment ?? {};
    if (bitsPerS === undefined) return nowMs;
    const startMs = Math.max(nowMs, this.#freeMs);
    if (startMs - nowMs > queueMs) return undefined;
    this.#freeMs = startMs + (frame.length * 8_000) / bitsPerS;
    return this.#freeMs;
  }

  #wait(one: Waiting): void {
    const before = this.#waiting.findLastIndex(({ dueMs }) => dueMs <= one.dueMs);
    this.#waiting.splice(before + 1, 0, one);
    if (this.#waiting[0] === one) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const [next] = this.#waiting;
    if (next) this.#timer = setTimeout(() => this.#deliverDue(), Math.max(0, next.dueMs - performance.now()));
  }

  #deliverDue(): void {
    // Timers may come a millisecond early.
    const nowMs = performance.now() + 1;
    while (this.#waiting[0] && this.#waiting[0].dueMs <= nowMs) {
      const { frame, deed } = this.#waiting.shift() as Waiting;
      this.#options.deliver(frame, deed);
    }
    this.#arm();
  }
}

function deedOf({ corruptAt, arrivals }: Fate, copy: number, laterMs: number): Deed {
  const deeds = [
    ...(corruptAt === undefined ? [] : ['a bit turned over']),
    ...(copy > 0 ? ['a second copy'] : []),
    ...(arrivals[copy]?.isHeldBack ? ['held back'] : []),
    ...(laterMs >= 1 ? [`${Math.round(laterMs)} ms later`] : []),
  ];
  return deeds.length === 0 ? undefined : deeds.join(', ');
}
