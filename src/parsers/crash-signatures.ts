import type { CrashPattern } from '../model/profile.ts';
import { withoutLeadingReturn } from './carriage-return.ts';
import type { CrashSignature, SignatureMatch } from './crash-signature.ts';
import { checkerSignatures } from './crash-table-checkers.ts';
import { faultSignatures } from './crash-table-faults.ts';
import { kernelSignatures } from './crash-table-kernel.ts';
import { otherSignatures } from './crash-table-others.ts';
import { panicSignatures } from './crash-table-panics.ts';
import { type KernelMessage, withoutNetBsdStamp } from './printk.ts';
import { rebootTriggers } from './reboot-watch.ts';
import { bootTrigger } from './stamp-watch.ts';
import { stateless } from './stateless.ts';

/** The table of all built-in signatures; the first row that matches a line wins. */
export const crashSignatures: readonly CrashSignature[] = [
  ...panicSignatures,
  ...faultSignatures,
  ...checkerSignatures,
  ...kernelSignatures,
  ...otherSignatures,
];
const isOfLinux: ReadonlySet<CrashSignature> = new Set(crashSignatures.slice(0, -otherSignatures.length));

/**
 * A scan for all triggers: few lines pass, and only those are looked at closely. V8 skips through text where what it searches begins
 * with characters that text is not made of, so lower-case letters are searched apart: in one scan they make it five times slower, and so does
 * one more capital that none of the triggers begins with.
 */
const isLowerCase = (literal: string): boolean => /^[a-z]/.test(literal);
const ofSignatures = crashSignatures.filter(({ notLinux }) => !notLinux).map(({ trigger }) => trigger);
const linuxTriggers = [...ofSignatures, ...rebootTriggers, bootTrigger];
const rareScan = scanFor(linuxTriggers.filter((trigger) => !isLowerCase(trigger)));
const commonScan = scanFor(linuxTriggers.filter(isLowerCase));
/** Of the rows that are left out where Linux was seen. */
const otherScan = scanFor(crashSignatures.filter(({ notLinux }) => notLinux).map(({ trigger }) => trigger));

/** A shell's or getty's prompt that the kernel's message follows on the same line: `/ # `, `root@host:~# `, `login: `. */
const prompt = /^(?:[\w.@~/:-]{1,64} ?[#$>] |[\w.-]{0,64} ?login: )/;

/** A profile's pattern, or one of `genericCrashPatterns`. */
export type RegisteredPattern = CrashPattern & Pick<CrashSignature, 'notLinux'>;

/** Finds the signature of the crash report that a line begins, if it begins one. */
export class SignatureMatcher {
  readonly #registered: readonly { readonly signature: SignatureMatch['signature']; readonly pattern: RegExp }[];

  /** `registered` are a profile's own patterns: searched anywhere in a line, before the table, and fatal. */
  constructor(registered: readonly RegisteredPattern[]) {
    this.#registered = registered.map(({ id, pattern, title, notLinux }) => ({
      signature: { id, class: 'registered', severity: 'fatal', title, ...(notLinux ? { notLinux } : {}) },
      pattern: stateless(pattern),
    }));
  }

  /** Whether the line is worth being given to `match`, RebootWatch or StampWatch. */
  mayMatch(text: string, afterLinux: boolean): boolean {
    return (
      rareScan.test(text) ||
      commonScan.test(text) ||
      (!afterLinux && otherScan.test(text)) ||
      this.#registered.some(({ pattern }) => pattern.test(text))
    );
  }

  /** `message` is the kernel message in the line, `afterLinux` whether one was seen before, `isStamped` whether all of them have stamps. */
  match(text: string, message: KernelMessage | undefined, afterLinux: boolean, isStamped: boolean): SignatureMatch | undefined {
    for (const { signature, pattern } of this.#registered) {
      if (signature.notLinux && afterLinux) continue;
      const match = pattern.exec(text);
      if (match !== null) return { signature, match };
    }
    const own = message?.text ?? withoutNetBsdStamp(withoutLeadingReturn(text)).replace(prompt, '');
    for (const signature of crashSignatures) {
      // A kernel that prints time stamps prints them on every line: without one, a program says the words.
      const needsStamp = signature.needsTimestamp || (isStamped && !signature.isReadOut && isOfLinux.has(signature));
      if (needsStamp && message === undefined) continue;
      if (signature.notLinux && (afterLinux || message !== undefined)) continue;
      if (!own.includes(signature.trigger)) continue;
      const match = signature.pattern.exec(own);
      if (match !== null) return { signature, match };
    }
    return undefined;
  }
}

function scanFor(literals: readonly string[]): RegExp {
  return new RegExp([...new Set(literals)].map(escapeLiteral).join('|'));
}

function escapeLiteral(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
