import { BringupError } from '../../model/errors.ts';
import type { Segment, SegmentPort } from './segment.ts';

/** Frames that nobody waited for are kept up to so many: the oldest go first. */
const mostKept = 10_000;

interface Waiter {
  /** Whether the frame was the one. */
  readonly offer: (frame: Uint8Array) => boolean;
}

/** The test itself on a segment: it sends frames as they are, and waits for some. */
export class Peer {
  readonly name: string;
  readonly #port: SegmentPort;
  #kept: Uint8Array[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #answerers = new Set<(frame: Uint8Array) => boolean>();

  /** @throws BringupError `usage` where the name is taken. */
  constructor(segment: Segment, name: string) {
    this.name = name;
    this.#port = segment.attach(name, (frame) => {
      for (const answers of this.#answerers) if (answers(frame)) return true;
      for (const waiter of this.#waiters) if (waiter.offer(frame)) return true;
      this.#kept.push(frame);
      if (this.#kept.length > mostKept) this.#kept.shift();
      return true;
    });
  }

  send(frame: Uint8Array): void {
    this.#port.send(frame);
  }

  /** Has a function look at each frame before anybody waits for it. @param take Answers whether the frame was its business. @returns what ends it. */
  answer(take: (frame: Uint8Array) => boolean): () => void {
    this.#answerers.add(take);
    return () => void this.#answerers.delete(take);
  }

  /** Forgets the frames that nobody has taken yet. */
  forget(): void {
    this.#kept = [];
  }

  /**
   * The first frame, of those not yet taken, of which `pick` makes something. Frames before it stay for others.
   * @throws BringupError `expect-timeout`, with what came instead; `aborted`.
   */
  expect<T>(
    what: string,
    pick: (frame: Uint8Array) => T | undefined,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<T> {
    for (const [index, frame] of this.#kept.entries()) {
      const picked = pick(frame);
      if (picked === undefined) continue;
      this.#kept.splice(index, 1);
      return Promise.resolve(picked);
    }
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        offer: (frame) => {
          try {
            const picked = pick(frame);
            if (picked === undefined) return false;
            end();
            resolve(picked);
          } catch (error) {
            end();
            reject(error);
          }
          return true;
        },
      };
      const onAbort = (): void => {
        end();
        reject(new BringupError('aborted', `waiting for ${what} was interrupted`, { cause: signal?.reason }));
      };
      const timer = setTimeout(() => {
        end();
        reject(
          new BringupError(
            'expect-timeout',
            `${this.name} did not get ${what} within ${timeoutMs} ms; ${this.#kept.length} other frames came`,
          ),
        );
      }, timeoutMs);
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) onAbort();
    });
  }
}
