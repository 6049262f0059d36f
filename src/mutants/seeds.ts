import type { GuestChange } from '../phases/guest-change.ts';

// H1: replace this stub.
export function kernelFault(name: string): GuestChange {
  return { append: [`stub.fault=${name}`] };
}
