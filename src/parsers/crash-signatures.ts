import type { CrashPattern } from '../model/profile.ts';
import { withoutLeadingReturn } from './carriage-return.ts';
import type { CrashSignature } from './crash-signature.ts';
import { linuxSignatures } from './crash-table-linux.ts';
import { otherSignatures } from './crash-table-others.ts';
import { fillTitle, normaliseTitle } from './crash-title.ts';
import { findKernelMessage } from './printk.ts';
import { stateless } from './stateless.ts';

/** The table of all built-in signatures; the first row that matches a line wins. */
export const crashSignatures: readonly CrashSignature[] = [...linuxSignatures, ...otherSignatures];

/** What a line is the beginning of. */
export interface SignatureMatch {
  readonly signature: Omit<CrashSignature, 'trigger' | 'pattern' | 'title'>;
  readonly title: string;
}

/** One scan for all triggers: few lines pass, and only those are looked at closely. */
const triggers = new RegExp([...new Set(crashSignatures.map(({ trigger }) => trigger))].map(escapeLiteral).join('|'));

/** A shell's or getty's prompt that the kernel's message follows on the same line: `/ # `, `root@host:~# `, `login: `. */
const prompt = /^(?:[\w.@~/:-]{1,64} ?[#$>] |[\w.-]{0,64} ?login: )/;

/** Finds the signature of the crash report that a line begins, if it begins one. */
export class SignatureMatcher {
  readonly #registered: readonly { readonly signature: SignatureMatch['signature']; readonly pattern: RegExp; readonly title: string }[];

  /** `registered` are a profile's own patterns: searched anywhere in a line, before the table, and fatal. */
  constructor(registered: readonly CrashPattern[]) {
    this.#registered = registered.map(({ id, pattern, title }) => ({
      signature: { id, class: 'registered', severity: 'fatal' },
      pattern: stateless(pattern),
      title,
    }));
  }

  match(text: string): SignatureMatch | undefined {
    for (const { signature, pattern, title } of this.#registered) {
      const match = pattern.exec(text);
      if (match !== null) return { signature, title: normaliseTitle(fillTitle(title, match)) };
    }
    return triggers.test(text) ? matchTable(text) : undefined;
  }
}

function matchTable(text: string): SignatureMatch | undefined {
  const stamped = findKernelMessage(text);
  const message = stamped?.text ?? withoutLeadingReturn(text).replace(prompt, '');
  for (const signature of crashSignatures) {
    if (signature.needsTimestamp && stamped === undefined) continue;
    if (!message.includes(signature.trigger)) continue;
    const match = signature.pattern.exec(message);
    if (match !== null) return { signature, title: normaliseTitle(fillTitle(signature.title, match)) };
  }
  return undefined;
}

function escapeLiteral(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
