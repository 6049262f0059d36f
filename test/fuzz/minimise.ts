/**
 * Makes a failing input smaller as long as it still fails: pieces are left out, of half its length first, of one byte last
 * (Zeller's ddmin, without the complements). Tries at most `maxTries` inputs.
 */
export async function minimise(input: Uint8Array, fails: (input: Uint8Array) => Promise<boolean>, maxTries = 2_000): Promise<Uint8Array> {
  let smallest = input;
  let tries = 0;
  for (let piece = Math.ceil(input.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let at = 0; at < smallest.length && tries < maxTries; ) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + piece)]);
      tries += 1;
      if (await fails(without)) smallest = without;
      else at += piece;
    }
  }
  return smallest;
}
