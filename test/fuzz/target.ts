import type { Random } from '../../src/harness/random.ts';

/** Something that reads bytes of others, and what must hold however they are. */
export interface Target {
  readonly name: string;
  /** Well-formed inputs, which the fuzzer damages. */
  readonly corpus: () => Promise<readonly Buffer[]>;
  /** Throws where something that must hold does not. `random` decides how the bytes arrive. */
  readonly check: (bytes: Buffer, random: Random) => void | Promise<void>;
}
