import type { CrashDetail, SignatureMatch } from './crash-signature.ts';
import { fillTitle, maxTitleLength, normaliseTitle } from './crash-title.ts';
import type { CodePlace, CrashTrace } from './crash-trace.ts';
import { isGenericFrame, sourceName } from './generic-frames.ts';
import type { Symbols } from './symbols.ts';

/** How far KASLR moved the kernel, where the report tells (arch/{arm64,x86}/kernel/setup.c, the panic notifier). */
const kernelOffset = /\bKernel Offset: 0x([0-9a-f]{1,16}) from 0x[0-9a-f]{1,16}/;

/** What a report is called, by its first line and the lines that tell more. */
export class CrashNaming {
  class: string;
  readonly #signature: SignatureMatch['signature'];
  readonly #details: Set<CrashDetail>;
  #title: string;
  #culprit: string | undefined;
  /** The function that the report itself calls the culprit. */
  #stated: CodePlace | undefined;
  #kernelOffset = 0n;

  constructor({ signature, match }: SignatureMatch) {
    this.#signature = signature;
    this.class = signature.class;
    this.#title = fillTitle(signature.title, match);
    this.#culprit = signature.culprit === undefined ? undefined : fillTitle(signature.culprit, match);
    this.#stated = statedFunction(match);
    this.#details = new Set(signature.details);
  }

  /** Takes a line of the report; gives the groups of a detail that it tells. */
  take(text: string): Readonly<Record<string, string | undefined>> | undefined {
    const offset = text.includes('Kernel Offset: ') ? kernelOffset.exec(text)?.[1] : undefined;
    if (offset !== undefined) this.#kernelOffset = BigInt(`0x${offset}`);
    let groups: Readonly<Record<string, string | undefined>> | undefined;
    for (const detail of this.#details) {
      const match = detail.pattern.exec(text);
      if (match === null) continue;
      this.#details.delete(detail);
      if (detail.title !== undefined) this.#title = fillTitle(detail.title, match);
      if (detail.culprit !== undefined) this.#culprit = fillTitle(detail.culprit, match, this.#culprit);
      this.class = detail.class ?? this.class;
      this.#stated ??= statedFunction(match);
      groups = { ...match.groups, ...groups };
    }
    return groups;
  }

  /** Whether the report told all that the title needs. */
  isComplete(trace: CrashTrace): boolean {
    return this.#signature.manyCpus === true || this.tellsFunction(trace);
  }

  /** Whether the report told the function that its title needs. */
  tellsFunction({ counter, frames }: CrashTrace): boolean {
    return this.#signature.culprit === undefined || this.#stated !== undefined || counter !== undefined || frames.length > 0;
  }

  /** Title, function and frames. */
  finish(trace: CrashTrace, symbols: Symbols | undefined): { title: string; function?: string; frames: string[] } {
    const nameOf = (place: CodePlace): string | undefined => place.name ?? this.#resolve(place.address, symbols);
    const frames = trace.frames.map((place) => nameOf(place) ?? `0x${place.address?.replace(/^0+(?=.)/, '')}`);
    const culprit = this.#signature.isBlameless ? undefined : this.#blame(trace, nameOf);
    if (culprit === undefined) return { title: normaliseTitle(this.#title), frames };
    const title = this.#culprit === undefined ? normaliseTitle(this.#title) : titleWith(this.#culprit, culprit);
    return { title, function: culprit, frames };
  }

  /** The title as far as it is known when the first line has come. */
  get firstTitle(): string {
    const { name, isInModule } = this.#stated ?? {};
    return this.#culprit !== undefined && name !== undefined && (isInModule === true || !isGenericFrame(name))
      ? titleWith(this.#culprit, name)
      : normaliseTitle(this.#title);
  }

  /** The first function that does not only help others; else the one that the report itself names. */
  #blame(trace: CrashTrace, nameOf: (place: CodePlace) => string | undefined): string | undefined {
    const { counter, link, frames, guess } = trace;
    const places = [this.#stated, counter, link, ...frames, guess].filter((place) => place !== undefined && !place.isDoubtful);
    const guilty = (places as CodePlace[]).find((place) => {
      const name = nameOf(place);
      return name !== undefined && (place.isInModule === true || !isGenericFrame(name));
    });
    const own = this.#stated ?? (counter?.isDoubtful ? undefined : counter);
    return (guilty && nameOf(guilty)) ?? (own && nameOf(own));
  }

  #resolve(address: string | undefined, symbols: Symbols | undefined): string | undefined {
    if (address === undefined || symbols === undefined) return undefined;
    const value = BigInt(`0x${address}`);
    const place = symbols.at(value) ?? (value >= this.#kernelOffset ? symbols.at(value - this.#kernelOffset) : undefined);
    return place && sourceName(place.name);
  }
}

const ofModule = /^\+0x[0-9a-f]{1,8}(?:\/0x[0-9a-f]{1,8})? \[/;

function statedFunction(match: RegExpExecArray): CodePlace | undefined {
  const name = match.groups?.function;
  if (name === undefined) return undefined;
  const rest = match.input.slice(match.input.indexOf(name, match.index) + name.length);
  return { name: sourceName(name), ...(ofModule.test(rest) ? { isInModule: true } : {}) };
}

/** The function stays whole where both don't fit. */
function titleWith(words: string, name: string): string {
  const rest = ` in ${name}`;
  const whole = normaliseTitle(words + rest);
  return whole.length < maxTitleLength || rest.length > maxTitleLength / 2
    ? whole
    : `${normaliseTitle(words).slice(0, maxTitleLength - rest.length)}${rest}`;
}
