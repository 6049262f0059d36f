import { BringupError } from '../../model/errors.ts';

/** Where the stub keeps a register. */
export interface RegisterPlace {
  /** Number in `p` and `P` packets. */
  readonly number: number;
  readonly sizeBytes: number;
}

export type RegisterPlaces = ReadonlyMap<string, RegisterPlace>;

/**
 * Reads a target description (GDB manual, "Target Description Format") and what it includes. Registers are numbered in the order
 * of their appearance, but where one names its own number.
 * @throws BringupError `harness-fault` for a description without registers.
 */
export async function readTargetDescription(readFile: (name: string) => Promise<string>): Promise<RegisterPlaces> {
  const places = new Map<string, RegisterPlace>();
  let next = 0;
  for (const text of await withIncludes('target.xml', readFile)) {
    for (const [tag] of text.matchAll(/<reg\s[^>]*>/g)) {
      const { name, bitsize, regnum } = attributes(tag);
      const number = regnum === undefined ? next : Number(regnum);
      next = number + 1;
      if (name !== undefined) places.set(name, { number, sizeBytes: Number(bitsize) / 8 });
    }
  }
  if (places.size > 0) return places;
  throw new BringupError('harness-fault', 'GDB: expected a target description with registers, got one without');
}

/** Texts of a description's files; QEMU's includes stand between features, and lead no further. */
async function withIncludes(name: string, readFile: (name: string) => Promise<string>): Promise<string[]> {
  const text = await readFile(name);
  const included: string[] = [];
  for (const [tag] of text.matchAll(/<xi:include\s[^>]*>/g)) {
    const { href } = attributes(tag);
    if (href !== undefined) included.push(await readFile(href));
  }
  return [text, ...included];
}

function attributes(tag: string): Partial<Record<string, string>> {
  return Object.fromEntries([...tag.matchAll(/([\w:]+)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name as string, value]));
}
