import { z } from 'zod';
import type { ArtifactProvider } from './artifact.ts';
import { BringupError } from './errors.ts';
import { maxDelayMs } from './max-delay.ts';

const idSchema = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes');
/** At most what a timer takes: Node fires longer ones at once. */
const milliseconds = z.number().int().positive().max(maxDelayMs);

/** A pattern as a RegExp (in a module) or as its source text (in JSON). */
const patternSchema = z.union([
  // `g` and `y` keep a position from one line to the next, and so lose matches.
  z.instanceof(RegExp).transform(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, ''))),
  z
    .string()
    .min(1)
    .transform((source, context) => {
      try {
        return new RegExp(source, 'm');
      } catch (error) {
        context.addIssue({ code: 'custom', message: `not a regular expression: ${(error as Error).message}` });
        return z.NEVER;
      }
    }),
]);

/** A file's path, or a function that makes the artifact ready. */
const artifactSourceSchema = z.union([
  z.string().min(1),
  z.custom<ArtifactProvider>((value) => typeof value === 'function', 'expected a path or an artifact provider'),
]);

const bootMarkerSchema = z.strictObject({
  /** Name used in reports, e.g. `mmu-on`. */
  id: idSchema,
  /** Matched against each console line, escape sequences removed. */
  pattern: patternSchema,
});

const crashPatternSchema = z.strictObject({
  id: idSchema,
  pattern: patternSchema,
  /** Title of the report; `$1` and so on stand for the pattern's groups. */
  title: z.string().min(1),
});

const pacingSchema = z.discriminatedUnion('mode', [
  /** As fast as the line takes it. */
  z.strictObject({ mode: z.literal('none') }),
  /** `chunkBytes` at a time, `delayMs` between them. */
  z.strictObject({ mode: z.literal('delay'), chunkBytes: z.number().int().positive(), delayMs: milliseconds }),
  /** One byte at a time, the next when its echo was seen. */
  z.strictObject({ mode: z.literal('echo'), timeoutMs: milliseconds }),
]);
export type Pacing = z.infer<typeof pacingSchema>;

const positive = z.number().int().positive();

/** What the kernel claims to boot with. A check of more than that has nothing to show. */
const claimsSchema = z
  .strictObject({
    /** QEMU's names of CPU models. */
    cpus: z.array(z.string().min(1)).default(['cortex-a53', 'cortex-a72', 'cortex-a76', 'max']),
    gicVersions: z.array(z.union([z.literal(2), z.literal(3)])).default([2, 3]),
    vcpus: z.array(positive).default([1, 4]),
    memoryMiB: z
      .strictObject({ min: positive.default(64), max: positive.default(4096) })
      .refine(({ min, max }) => min <= max, 'expected min to be at most max')
      .prefault({}),
  })
  .prefault({});

const shape = {
  id: idSchema,
  title: z.string().min(1),
  arch: z.enum(['aarch64', 'x86_64']),
  kernel: artifactSourceSchema,
  initramfs: artifactSourceSchema.optional(),
  /** Names the addresses in crash reports: the kernel's ELF file, not stripped, or the text of its /proc/kallsyms. */
  symbols: artifactSourceSchema.optional(),
  /** Kernel parameters, one an element. */
  cmdline: z.array(z.string().regex(/^\S+$/, 'expected one kernel parameter without white space')),
  machine: z.strictObject({
    /** QEMU machine type with its options, e.g. `virt,gic-version=3`. */
    type: z.string().min(1),
    cpu: z.string().min(1),
    /** More QEMU arguments, taken as they are. */
    qemuArgs: z.array(z.string()).default([]),
  }),
  memoryMiB: z.number().int().min(1).max(1_048_576),
  vcpus: z.number().int().min(1).max(512),
  claims: claimsSchema,
  /** The shell's prompt, matched at the end of the console text, escape sequences removed. */
  prompt: patternSchema,
  bootMarkers: z.array(bootMarkerSchema).default([]),
  /** How commands are framed: `posix` for a POSIX shell, `none` where the guest has no shell. */
  shellDialect: z.enum(['posix', 'none']),
  /** Where `machine.shell` is: on the console, or on a virtio serial port where the guest has its driver (else on the console). */
  shellOn: z.enum(['console', 'virtio-serial']).default('console'),
  console: z
    .strictObject({
      pacing: pacingSchema.default({ mode: 'none' }),
      /** Longest line that is typed at the shell, in bytes; a longer command goes in several. The framing's own lines need 128. */
      maxLineBytes: z.number().int().min(128).max(4095).default(1000),
    })
    .prefault({}),
  /** What the kernel has beyond the phases' common ground (`gdbstub`, `ipv6`, ...). */
  capabilities: z.array(idSchema).default([]),
  /** Check id -> why this kernel does otherwise. The check must then fail; if it passes after all, that is FAIL. */
  deviations: z.record(z.string().regex(/^[a-z0-9]+(\.[a-z0-9-]+)+$/, 'expected a check id'), z.string().min(1)).default({}),
  /** File of figures in virtual time that phase E and `bringup perf` hold the kernel against; `bringup perf --update` writes it. */
  baseline: z.string().min(1).optional(),
  crashPatterns: z.array(crashPatternSchema).default([]),
  timeouts: z
    .strictObject({
      /** From QEMU's start to the prompt. */
      bootMs: milliseconds.default(60_000),
      /** One shell command. */
      commandMs: milliseconds.default(30_000),
      /** Each stage of a shutdown: guest's power-off, QMP quit. */
      shutdownMs: milliseconds.default(5_000),
    })
    .prefault({}),
};

export const profileSchema = z.strictObject(shape);
/** Everything bringup must know about one kernel, checked and with defaults filled in. */
export type KernelProfile = z.infer<typeof profileSchema>;
export type BootMarker = KernelProfile['bootMarkers'][number];
export type CrashPattern = KernelProfile['crashPatterns'][number];

/** What a profile's author writes: with `extends`, only what differs from the base. */
export type KernelProfileInput =
  | z.input<typeof profileSchema>
  | (Partial<Omit<ProfileFields, MergedField>> & { [F in MergedField]?: Partial<ProfileFields[F]> } & {
      id: string;
      extends: KernelProfile;
    });

type ProfileFields = z.input<typeof profileSchema>;
type MergedField = (typeof mergedFields)[number];

/**
 * Checks a profile and fills in its defaults. Fields of `extends` are taken over where the profile leaves them out;
 * records (`machine`, `claims`, `timeouts`, `deviations`, `console`) are merged field by field, lists replace the base's.
 * @throws BringupError `profile-invalid`, naming every wrong field.
 */
export function defineKernelProfile(input: KernelProfileInput): KernelProfile {
  const { extends: base, ...own } = input as { extends?: KernelProfile } & Record<string, unknown>;
  // Another kernel's figures are no measure.
  const merged = base === undefined ? own : { ...base, baseline: undefined, ...mergeRecords(base, own) };
  const result = profileSchema.safeParse(merged);
  if (result.success) return result.data;
  throw new BringupError(
    'profile-invalid',
    `kernel profile ${JSON.stringify(own.id ?? '(no id)')} is not valid: ${describeIssues(result.error)}`,
    {
      hint: 'correct the named fields; docs/profiles.md describes each one.',
    },
  );
}

const mergedFields = ['machine', 'claims', 'timeouts', 'deviations', 'console'] as const;

function mergeRecords(base: KernelProfile, own: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...own };
  for (const field of mergedFields) {
    const mine = own[field];
    if (mine !== null && typeof mine === 'object') merged[field] = { ...base[field], ...mine };
  }
  return merged;
}

/** One line for all issues of a zod error: `field: what is wrong; field: ...`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.map(String).join('.') || '(top level)'}: ${issue.message}`).join('; ');
}
