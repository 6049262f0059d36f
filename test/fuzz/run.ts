import { randomFrom } from '../../src/harness/random.ts';
import { minimise } from './minimise.ts';
import { damaged } from './mutate.ts';
import type { Target } from './target.ts';

/** An input on which something that must hold does not. */
export interface Finding {
  readonly target: string;
  /** Gives the input again: `check` with this seed. */
  readonly seed: number;
  readonly message: string;
  /** As small as it could be made. */
  readonly input: Uint8Array;
}

/**
 * Time for one input, in which even the slowest target could read a hundred of them: what exceeds it is not linear. Small against a
 * reader that hangs, large against a loaded host.
 */
const limitMs = 5_000;

/** Gives a target the input that the seed stands for; a finding if it fails. */
export async function tryOnce(target: Target, corpus: readonly Buffer[], seed: number): Promise<Finding | undefined> {
  const random = randomFrom(seed);
  const input = damaged(corpus, random);
  const chunkSeed = random.below(2 ** 31);
  const message = await failureOf(target, input, chunkSeed);
  if (message === undefined) return undefined;
  const smallest = await minimise(input, async (bytes) => (await failureOf(target, Buffer.from(bytes), chunkSeed)) !== undefined);
  return { target: target.name, seed, message: (await failureOf(target, Buffer.from(smallest), chunkSeed)) ?? message, input: smallest };
}

async function failureOf(target: Target, input: Buffer, chunkSeed: number): Promise<string | undefined> {
  const startedAtMs = performance.now();
  try {
    await target.check(input, randomFrom(chunkSeed));
  } catch (error) {
    return (error instanceof Error ? error.stack : undefined) ?? String(error);
  }
  const tookMs = performance.now() - startedAtMs;
  return tookMs > limitMs ? `${input.length} bytes took ${Math.round(tookMs)} ms` : undefined;
}
