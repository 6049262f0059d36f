import { z } from 'zod';
import type { Keeping } from '../harness/kept/keeper.ts';
import type { Cause, Outcome } from '../model/outcome.ts';

const count = z.number().int().positive();

/** What `bringup run` tells the suites, over vitest's provide/inject. */
export const runSettingsSchema = z.strictObject({
  /** A profile's id or file. */
  profile: z.string().min(1),
  overrides: z.strictObject({
    kernel: z.string().optional(),
    initramfs: z.string().optional(),
    append: z.array(z.string()).optional(),
    vcpus: count.optional(),
    memoryMiB: count.optional(),
    qemuArgs: z.array(z.string()).optional(),
  }),
  /** Ids of the checks to run, each on the guest as it is (null) or with a seeded fault. */
  targets: z.array(z.strictObject({ check: z.string(), mutant: z.string().nullable() })),
  /** Folder that workers leave events and consoles in until the reporter has read them. */
  workDir: z.string().min(1),
  /** `monotonicMs()` when the run began. */
  startedAtMs: z.number(),
  /** What the profile's times and the checks' budgets are multiplied by on this host. */
  slowness: z.number().min(1),
  /** How often a check that came to MISS is tried again. */
  retries: z.number().int().nonnegative(),
  /** Which round of a soak this is, from 0. */
  iteration: z.number().int().nonnegative(),
  /** Whether machines of checks that came to FAIL or ERROR are kept. */
  keepFailed: z.boolean(),
});
export type RunSettings = z.infer<typeof runSettingsSchema>;
export type Target = RunSettings['targets'][number];

/** A test that is a check, as its task's metadata name it. */
export interface CheckIdentity {
  readonly phase: string;
  readonly check: string;
  /** The seeded fault it runs on. */
  readonly mutant: string | null;
  readonly title: string;
  readonly source: string;
  readonly budgetMs: number;
}

/** One try's end, as the record keeps it. */
export type TryRecord = Pick<CheckOutcome, 'outcome' | 'cause' | 'message' | 'durationMs'>;

/** What a suite hands the reporter about a check that ended. */
export interface CheckOutcome {
  readonly outcome: Outcome;
  readonly cause: Cause | null;
  readonly message: string | null;
  readonly hint: string | null;
  readonly deviation: string | null;
  readonly durationMs: number;
  readonly tries: readonly TryRecord[];
}

declare module 'vitest' {
  interface TaskMeta {
    bringup?: CheckIdentity;
    bringupOutcome?: CheckOutcome;
    /** What became of the machine of a check that failed, where failed ones are kept. */
    bringupKeeping?: Keeping;
  }
  interface ProvidedContext {
    bringup: RunSettings;
  }
}
