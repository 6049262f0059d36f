import { readFile } from 'node:fs/promises';
import { type CpioEntry, decodeInitramfs, packInitramfs } from '../artifacts/index.ts';
import type { Machine } from '../harness/machine.ts';
import type { ArtifactProvider } from '../model/artifact.ts';
import type { GuestChange } from '../phases/guest-change.ts';
import { withSeeder, withSeederAtHand } from './install-seeder.ts';
import type { Mutant } from './mutant.ts';

/** What makes the mutants of a phase: `of` any one, `kernel` one whose fault of the module has the mutant's own name. */
export function mutantsOf(phase: string) {
  const of = (what: string, fault: string, caughtBy: string, change: Mutant['change']): Mutant => ({
    id: `${phase}-${what}`,
    phase,
    fault,
    caughtBy,
    change,
  });
  return { of, kernel: (name: string, fault: string, caughtBy: string): Mutant => of(name, fault, caughtBy, kernelFault(name)) };
}

/** The fault of that name in initramfs/mutants/fault/*.c, seeded before init's probe or the shell starts, or in a fork. */
export function kernelFault(name: string): GuestChange {
  const plan = `module:${name}`;
  const make = async ({ shell }: Machine, signal: AbortSignal): Promise<void> => {
    await shell.run(`${planParameter}${plan} /mutant/seed /bin/true`, { signal });
  };
  return { ...seeded(plan), inFork: { initramfs: withSeederAtHand, make } };
}

/** A system call that answers an error, or 0, without effect (seccomp(2)): to a probe that is init, or to the shell and its children. */
export interface RefusedCall {
  /** Its number (asm-generic/unistd.h). */
  readonly number: number;
  /** What it answers: -errno; 0 for success. */
  readonly errno: number;
  /** Only where the low half of this argument, masked, is the value. */
  readonly where?: { readonly argument: number; readonly mask: number; readonly value: number };
}

export function refusedCalls(...calls: readonly RefusedCall[]): GuestChange {
  const plan = calls.map(({ number, errno, where }) => {
    const condition = where === undefined ? [] : [where.argument, where.mask, where.value];
    return ['seccomp', number, errno, ...condition].join(':');
  });
  return seeded(plan.join(','));
}

export function parameters(...append: readonly string[]): GuestChange {
  return { append };
}

/** Another userland: entries to add or replace, paths to leave out, folders with all they hold. */
export function userland({ overlay = [], remove = [] }: { overlay?: readonly CpioEntry[]; remove?: readonly string[] }): {
  readonly initramfs: (base: ArtifactProvider) => ArtifactProvider;
} {
  return {
    initramfs: (base) => async (options) => {
      const initramfs = await base(options);
      const isGone = ({ path }: CpioEntry) => remove.some((gone) => path === gone || path.startsWith(`${gone}/`));
      const kept = decodeInitramfs(await readFile(initramfs.path)).filter((entry) => !isGone(entry));
      const entries = new Map([...kept, ...overlay].map((entry) => [entry.path, entry]));
      const { path, sha256 } = await packInitramfs([...entries.values()])(options);
      return { ...initramfs, path, sha256 };
    },
  };
}

/** What is done to the frames of the check's guest, its card or its cable: nothing of the guest itself is changed. */
export function onLab(change: NonNullable<GuestChange['onLab']>): GuestChange {
  return { onLab: change, inFork: { initramfs: (base) => base, make: async () => {} } };
}

/** What is done to the machine from outside: over QMP, or to registers and memory over the gdbstub. */
export function onMachine(onBooted: NonNullable<GuestChange['onBooted']>): GuestChange {
  return { gdbstub: true, onBooted };
}

/** The kernel hands a parameter that it doesn't know to init, as a variable of its environment. */
export const planParameter = 'MUTANT=';

function seeded(plan: string): GuestChange {
  return { append: [`${planParameter}${plan}`], initramfs: withSeeder };
}
