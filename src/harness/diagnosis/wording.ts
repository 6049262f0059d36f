import type { Symbols } from '../../parsers/symbols.ts';
import type { HostShare } from '../time/host-meter.ts';
import type { GuestActivity, Place } from './guest-activity.ts';

/** Names of places that a sentence holds. */
const maxNames = 3;

/** Where a vCPU was: `at cpu_do_idle+0x1c`, `in user space at 0x41c480 to 0x41d9f0`. */
export function describePlaces(places: readonly Place[], symbols?: Symbols): string {
  const pcs = places.map(({ pc }) => pc).sort((a, b) => (a < b ? -1 : Number(a > b)));
  const [lowest] = pcs;
  const highest = pcs.at(-1);
  if (lowest === undefined || highest === undefined) return 'at an unknown address';
  const names = [...new Set(pcs.map((pc) => nameOf(pc, symbols) ?? hexadecimal(pc)))];
  const isNamed = pcs.some((pc) => nameOf(pc, symbols) !== undefined);
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  const where = isNamed
    ? names.slice(0, maxNames).join(', ') + more
    : [...new Set([hexadecimal(lowest), hexadecimal(highest)])].join(' to ');
  return `${describeSpace(places)}at ${where}`;
}

/** Whose code it is: by the level of privilege, and where that is not told by the half of the address space, which is how kernels share it. */
function describeSpace(places: readonly Place[]): string {
  const spaces = new Set(places.map(({ pc, privilege }) => privilege ?? (pc >> 63n === 1n ? 'kernel' : undefined)));
  if (spaces.size > 1) return 'in kernel and user space ';
  return spaces.has('user') ? 'in user space ' : spaces.has('kernel') ? 'in the kernel ' : '';
}

/** `cpu_do_idle+0x1c`; undefined where no symbol covers the address. */
export function nameOf(address: bigint, symbols: Symbols | undefined): string | undefined {
  return symbols?.at(address) && symbols.describe(address);
}

export function hexadecimal(address: bigint): string {
  return `0x${address.toString(16)}`;
}

/** What the vCPUs did, for the facts in an error's message. */
export function describeActivity(activity: GuestActivity, symbols?: Symbols): string {
  if (activity.qmp === 'silent') return activity.isStopped ? 'QEMU stopped' : 'QEMU silent';
  const vcpus = activity.vcpus.map(({ index, busy, places }) => {
    const last = places.at(-1)?.pc;
    const where = last === undefined ? '?' : (nameOf(last, symbols) ?? hexadecimal(last));
    return `vCPU ${index} ${percent(busy)} busy at ${where}`;
  });
  return [`QEMU ${activity.status}`, ...vcpus].join(', ');
}

/** What the host kept from a guest, for people. */
export function describeLoss({ spanMs, lost, waited, stopped, stolen, memory }: HostShare): string {
  const parts = [
    ...(waited >= noteworthy ? [`waiting for a CPU ${percent(waited)}`] : []),
    ...(stopped >= noteworthy ? [`QEMU stopped ${percent(stopped)}`] : []),
    ...(stolen >= noteworthy ? [`stolen by the host’s own host ${percent(stolen)}`] : []),
    ...(memory >= noteworthy ? [`waiting for memory ${percent(memory)}`] : []),
  ];
  return `the host kept ${percent(lost)} of ${inSeconds(spanMs)} from it (${parts.join(', ')})`;
}

/** Less of a wait than that tells nobody anything. */
export const noteworthy = 0.05;

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
