/**
 * Kernel messages as printk puts them on a console: `[%5lu.%06lu]`, the caller where the kernel is built to print it, a
 * blank, the text (kernel/printk/printk.c, print_prefix). A message lands wherever a program's output was just being sent,
 * also in the middle of its line, and always ends its own line.
 */
export interface KernelMessage {
  /** Where in the line it begins. */
  readonly index: number;
  readonly timestampMs: number;
  /** 0 (emergency) to 7 (debug), where the console prints raw levels. */
  readonly level?: number;
  /** The CPU or the task that printed it, where the kernel tells. */
  readonly cpu?: number;
  readonly task?: number;
  readonly text: string;
}

/** Nothing that is less than an exact time stamp counts: seconds are padded to five columns. */
const prefix = /(?:<(\d{1,3})>)?\[((?: {4}\d| {3}\d{2}| {2}\d{3}| \d{4}|\d{5,10})\.\d{6})\](?:\[ {0,5}([TC])(\d{1,10})\])? /;

/** NetBSD's time stamp at a line's start (sys/kern/subr_prf.c). */
const netBsdStamp = /^\[ {0,6}\d{1,9}\.\d{7}\] /;

export function withoutNetBsdStamp(text: string): string {
  return text.startsWith('[') ? text.replace(netBsdStamp, '') : text;
}

/** Whether printk itself reports that messages were lost; it prints this without a time stamp. */
export const droppedMessages = /^\*\* (\d{1,10}) printk messages dropped \*\*$/;

/** The first kernel message in a line. */
export function findKernelMessage(text: string): KernelMessage | undefined {
  if (!text.includes('[')) return undefined;
  const match = prefix.exec(text);
  if (match === null) return undefined;
  const [whole, priority, stamp, callerKind, caller] = match;
  return {
    index: match.index,
    timestampMs: Math.round(Number(stamp) * 1e6) / 1e3,
    ...(priority === undefined ? {} : { level: Number(priority) & 7 }),
    ...(callerKind === 'C' ? { cpu: Number(caller) } : callerKind === 'T' ? { task: Number(caller) } : {}),
    text: text.slice(match.index + whole.length),
  };
}
