/** `kallsyms_token_table`: what each byte of a symbol's name stands for. (Linux, scripts/kallsyms.c) */
export interface Tokens {
  readonly texts: readonly string[];
  /** Where the table begins in the piece of memory. */
  readonly start: number;
  /** Where `kallsyms_token_index` begins, behind the table: as all tables a multiple of 8 in the guest's memory. */
  readonly indexAt: number;
}

/** In the table the digits stand for themselves: every kernel has names with all ten. */
export const digitTokens: Buffer = Buffer.from(Array.from('0123456789', (digit) => `${digit}\0`).join(''), 'latin1');
const tokenCount = 256;
export const indexBytes = 2 * tokenCount;
/** The index has 16 bits for each. */
export const maxTableBytes = 2 ** 16;
const alignment = 8;

/** The table around the place where `digitTokens` is; undefined where that is none. The index that comes behind it proves it. */
export function readTokens(memory: Buffer, digitsAt: number): Tokens | undefined {
  const firstDigit = '0'.charCodeAt(0);
  let end = digitsAt;
  for (let token = firstDigit; token < tokenCount; token++) {
    end = memory.indexOf(0, end) + 1;
    if (end === 0) return undefined;
  }
  // Where the guest's memory was put in a file may be no multiple of 8.
  for (let indexAt = end; indexAt < end + alignment && indexAt + indexBytes <= memory.length; indexAt++) {
    const start = digitsAt - memory.readUInt16LE(indexAt + 2 * firstDigit);
    const texts = start < 0 ? undefined : readTexts(memory, start, indexAt);
    if (texts) return { texts, start, indexAt };
  }
  return undefined;
}

function readTexts(memory: Buffer, start: number, indexAt: number): string[] | undefined {
  const texts: string[] = [];
  let at = start;
  for (let token = 0; token < tokenCount; token++) {
    if (memory.readUInt16LE(indexAt + 2 * token) !== at - start) return undefined;
    const end = memory.indexOf(0, at);
    if (end === -1) return undefined;
    texts.push(memory.toString('latin1', at, end));
    at = end + 1;
  }
  return texts;
}
