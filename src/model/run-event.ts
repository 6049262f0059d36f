import { z } from 'zod';
import { BringupError } from './errors.ts';
import { causes, outcomes } from './outcome.ts';
import { describeIssues } from './profile.ts';

/**
 * The record of a run: `run.jsonl`, one event a line. Every other report derives from it. Host paths never enter it:
 * writers put base names.
 */

/** Version of the format; readers refuse any other. */
export const recordVersion = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
const durationMs = z.number().nonnegative();
const share = z.number().min(0).max(1);
const outcome = z.enum(outcomes);
const cause = z.enum(causes);

const common = {
  v: z.literal(recordVersion),
  /** Counts from 0 without gaps. */
  seq: count,
  /** Milliseconds since the run began. */
  atMs: z.number().nonnegative(),
};

/** Events of one check carry its id; those of one machine, the machine's. */
const ofCheck = { check: z.string().min(1) };
const ofMachine = { ...ofCheck, machine: z.string().min(1) };

const artifactRecord = z.strictObject({
  role: z.enum(['kernel', 'initramfs', 'busybox', 'probe']),
  name: z.string(),
  version: z.string().optional(),
  sha256,
});

const tryRecord = z.strictObject({
  outcome,
  cause: cause.nullable(),
  message: z.string().nullable(),
  durationMs,
});

export const eventBodies = [
  z.strictObject({
    type: z.literal('run.started'),
    runId: z.string().min(1),
    /** ISO 8601, UTC. */
    startedAt: z.iso.datetime(),
    /** The command line, host paths cut to base names. */
    argv: z.array(z.string()),
    phases: z.array(z.string()),
    shard: z.strictObject({ index: z.number().int().min(1), total: z.number().int().min(1) }).nullable(),
    profile: z.strictObject({
      id: z.string(),
      title: z.string(),
      arch: z.string(),
      machineType: z.string(),
      cpu: z.string(),
      memoryMiB: z.number(),
      vcpus: z.number(),
      cmdline: z.array(z.string()),
    }),
    /** The fault that was seeded into the guest; absent for the guest as it is. */
    mutant: z.strictObject({ id: z.string(), fault: z.string() }).optional(),
    /** Program -> version (`bringup`, `node`, `qemu`, `vitest`). */
    versions: z.record(z.string(), z.string()),
    artifacts: z.array(artifactRecord),
    host: z.strictObject({
      os: z.string(),
      arch: z.string(),
      cpus: z.number().int(),
      memoryMiB: z.number().int(),
      /** How much longer than on the reference host a fixed piece of work took; times of profile and checks were multiplied by it. */
      slowness: z.number().min(1).optional(),
    }),
  }),
  z.strictObject({
    type: z.literal('check.started'),
    ...ofCheck,
    phase: z.string().min(1),
    title: z.string(),
    /** Where the criterion stands, e.g. `phases.md A1`. */
    source: z.string(),
    budgetMs: z.number().positive(),
    /** 1 for the first try. */
    try: z.number().int().min(1),
  }),
  z.strictObject({
    type: z.literal('machine.started'),
    ...ofMachine,
    arch: z.string(),
    vcpus: z.number(),
    memoryMiB: z.number(),
    cmdline: z.array(z.string()),
    /** Whether it was not booted for this, but is a fork of one that was booted with these arguments and frozen. */
    isFork: z.boolean().optional(),
    /** QEMU's argv, host paths cut to base names. */
    argv: z.array(z.string()),
    artifacts: z.array(artifactRecord),
  }),
  z.strictObject({
    type: z.literal('boot.marker'),
    ...ofMachine,
    marker: z.string(),
    line: z.number().int().min(1),
    byteOffset: count,
    /** Since QEMU's start. */
    sinceStartMs: durationMs,
  }),
  z.strictObject({
    type: z.literal('metric'),
    ...ofCheck,
    name: z.string().min(1),
    value: z.number(),
    unit: z.string().optional(),
    /** How many values the figure was taken from. */
    samples: count.optional(),
    /** Which percentile of them it is. */
    percentile: z.number().min(0).max(100).optional(),
  }),
  z.strictObject({
    type: z.literal('step'),
    ...ofCheck,
    /** What was done, e.g. `run: ls /`. */
    title: z.string(),
    ok: z.boolean(),
    durationMs,
    exitStatus: z.number().int().optional(),
    /** Start of what was answered, at most 2,000 characters. */
    output: z.string().optional(),
    /** The machine's console bytes that belong to the step: [from, to). */
    console: z.strictObject({ machine: z.string(), fromByte: count, toByte: count }).optional(),
  }),
  z.strictObject({
    type: z.literal('crash'),
    ...ofMachine,
    /** Signature, e.g. `linux-panic`. */
    signature: z.string(),
    title: z.string(),
    line: z.number().int().min(1),
    byteOffset: count,
    /** The report's lines, at most 16,000 characters. */
    text: z.string(),
    /** Kind of fault, e.g. `null-deref`. */
    class: z.string().optional(),
    /** The function at fault, where the report tells. */
    function: z.string().optional(),
    /** Functions of the report's first back trace. */
    frames: z.array(z.string()).optional(),
    /** Why title, function or frames can't be trusted. */
    corrupted: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('diagnosis'),
    ...ofMachine,
    /** Code of the error that time ran out with, e.g. `boot-timeout`. */
    error: z.string(),
    /** What the guest was doing, or what kept it from doing anything. */
    verdict: z.enum(['working', 'spin', 'stuck', 'idle', 'unreachable', 'paused', 'starved']),
    cause,
    /** QEMU's run state; `silent` or `stopped` where it did not answer. */
    qemu: z.string(),
    /** For how long the guest was observed. */
    observedMs: durationMs,
    vcpus: z.array(
      z.strictObject({
        index: count,
        /** Share of that time in which it wanted a host CPU, and in which it had one. */
        busy: share,
        ran: share,
        /** Whether any register changed. */
        isMoving: z.boolean(),
        /** Where it was, each time it was looked at. */
        places: z.array(
          z.strictObject({
            pc: z.string().regex(/^0x[0-9a-f]+$/),
            privilege: z.enum(['user', 'kernel']).optional(),
            symbol: z.string().optional(),
          }),
        ),
      }),
    ),
    /** Requests that disks served meanwhile; null where QEMU did not answer. */
    disks: z.strictObject({ reads: count, writes: count, flushes: count }).nullable(),
    /** For how long the console had been silent. */
    silentMs: durationMs,
    bytesMeanwhile: count,
    /** What the host kept from QEMU during the whole wait, as shares of it. */
    host: z.strictObject({ spanMs: durationMs, waited: share, stopped: share, stolen: share, memory: share, lost: share }),
  }),
  z.strictObject({
    type: z.literal('backtraces'),
    ...ofMachine,
    /** Whether the hung guest’s kernel answered the question for its CPUs and tasks. */
    isAnswered: z.boolean(),
    /** Its answer, at most 16,000 characters. */
    text: z.string(),
  }),
  z.strictObject({
    type: z.literal('machine.exited'),
    ...ofMachine,
    exitCode: z.number().int().nullable(),
    signal: z.string().nullable(),
    /** QMP's SHUTDOWN reason, where one came. */
    reason: z.string().nullable(),
    /** Whether the harness or the check asked for it. */
    expected: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('console'),
    ...ofMachine,
    /** `utf8` where the bytes are valid UTF-8, else `base64`. */
    encoding: z.enum(['utf8', 'base64']),
    /** The head and, where bytes were left out, the tail after it. */
    head: z.string(),
    tail: z.string(),
    omittedBytes: count,
    sizeBytes: count,
  }),
  z.strictObject({
    type: z.literal('check.finished'),
    ...ofCheck,
    phase: z.string().min(1),
    title: z.string(),
    outcome,
    cause: cause.nullable(),
    /** What was expected and what came; null for PASS. */
    message: z.string().nullable(),
    /** What to do about it. */
    hint: z.string().nullable(),
    durationMs,
    /** Over the check's raw console bytes, machines in the order they started; null where none was booted. */
    consoleSha256: sha256.nullable(),
    /** The profile's reason, where the check is a declared deviation. */
    deviation: z.string().nullable(),
    /** Path below the report's folder, where a bundle was kept. */
    bundle: z.string().nullable(),
    /** Every try in order, the last one being the result. */
    tries: z.array(tryRecord).min(1),
  }),
  z.strictObject({
    type: z.literal('run.finished'),
    counts: z.record(outcome, count),
    exitCode: z.union([z.literal(0), z.literal(1), z.literal(3)]),
    durationMs,
    /** Faults outside any check (a suite that could not be loaded, a worker that died). */
    errors: z.array(z.strictObject({ cause, message: z.string() })),
  }),
] as const;

/** An event without the fields that the record's writer adds. */
export const eventBodySchema = z.discriminatedUnion('type', eventBodies);
export type RunEventBody = z.infer<typeof eventBodySchema>;
export type RunEventType = RunEventBody['type'];

type WithCommon<T> = T & { v: typeof recordVersion; seq: number; atMs: number };
export type RunEvent = { [T in RunEventType]: WithCommon<Extract<RunEventBody, { type: T }>> }[RunEventType];
export type RunEventOf<T extends RunEventType> = Extract<RunEvent, { type: T }>;

export const runEventSchema = z.discriminatedUnion(
  'type',
  eventBodies.map((body) => body.extend(common)) as unknown as readonly [z.core.$ZodTypeDiscriminable],
) as unknown as z.ZodType<RunEvent>;

/**
 * Reads one line of a record.
 * @throws BringupError `record-invalid`, with the line's number and what is wrong.
 */
export function parseRunEvent(line: string, lineNumber: number): RunEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw invalid(lineNumber, `not JSON (${(error as Error).message})`);
  }
  const version = (value as { v?: unknown } | null)?.v;
  if (version !== recordVersion) throw invalid(lineNumber, `expected format version ${recordVersion}, got ${quote(version)}`);
  const result = runEventSchema.safeParse(value);
  if (!result.success) throw invalid(lineNumber, describeIssues(result.error));
  return result.data;
}

/** An object's depth may be beyond what JSON.stringify has a stack for. */
function quote(version: unknown): string {
  return typeof version === 'object' && version !== null ? 'an object' : JSON.stringify(version);
}

function invalid(lineNumber: number, what: string): BringupError {
  return new BringupError('record-invalid', `line ${lineNumber} of the record: ${what}`, {
    hint: 'give a run.jsonl as `bringup run` wrote it, whole and unedited.',
  });
}
