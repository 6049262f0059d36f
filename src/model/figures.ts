import { z } from 'zod';

const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/** Of one artifact of the guest. */
const artifactSchema = z.strictObject({ version: z.string().optional(), sha256: digestSchema });

const hasEntries = (record: object): boolean => Object.keys(record).length > 0;

/** What makes figures comparable: under other conditions they say nothing of the kernel. */
const conditionsSchema = z.strictObject({
  profile: z.string(),
  /** QEMU's version, without its package's. */
  qemu: z.string(),
  machine: z.string(),
  cpu: z.string(),
  memoryMiB: z.number().int().positive(),
  /** The profile's own arguments for QEMU, parted by spaces. */
  qemuArgs: z.string(),
  nsPerInstruction: z.number().int().positive(),
  /** Kernel parameters, parted by spaces. */
  cmdline: z.string(),
  /** SHA-256 over the programs that take the figures, and the script that starts them: a compiler makes other ones of the same source. */
  programs: digestSchema,
});

/** The file that figures in virtual time are held against, and what `bringup perf --format json` prints of a measurement. */
export const figuresSchema = z.strictObject({
  v: z.literal(1),
  conditions: conditionsSchema,
  /** What was measured. */
  guest: z.strictObject({ kernel: artifactSchema, initramfs: artifactSchema }),
  /** Number of vCPUs -> name -> value; the unit is the name's suffix. */
  figures: z
    .record(
      z.string().regex(/^[1-9]\d*$/, 'expected a number of vCPUs'),
      z.record(z.string().min(1), z.number().int()).refine(hasEntries, 'expected a figure at least'),
    )
    .refine(hasEntries, 'expected figures of a number of vCPUs at least'),
});

export type Figures = z.infer<typeof figuresSchema>;

/** A figure that is not what it was. */
export interface FigureChange {
  readonly name: string;
  readonly vcpus: number;
  /** Null where it is new. */
  readonly baseline: number | null;
  /** Null where it is gone. */
  readonly value: number | null;
}

export interface FiguresComparison {
  /** How many figures both have. */
  readonly compared: number;
  readonly changes: readonly FigureChange[];
  /** Conditions that differ, by name: then changes say nothing of the kernel. */
  readonly conditions: readonly Difference[];
  /** What of the guest is another, by name. */
  readonly guest: readonly Difference[];
}

export interface Difference {
  readonly name: string;
  readonly baseline: string;
  readonly value: string;
}

/** Holds figures against a baseline, to the last digit: those of the numbers of vCPUs that were measured. */
export function compareFigures(baseline: Figures, measured: Figures): FiguresComparison {
  const changes: FigureChange[] = [];
  let compared = 0;
  for (const [vcpus, figures] of Object.entries(measured.figures)) {
    const before = baseline.figures[vcpus] ?? {};
    for (const name of new Set([...Object.keys(before), ...Object.keys(figures)])) {
      const change = { name, vcpus: Number(vcpus), baseline: before[name] ?? null, value: figures[name] ?? null };
      if (change.baseline !== null && change.value !== null) compared++;
      if (change.baseline !== change.value) changes.push(change);
    }
  }
  return {
    compared,
    changes,
    conditions: differences(baseline.conditions, measured.conditions),
    guest: [
      ...differences({ kernel: nameOf(baseline.guest.kernel) }, { kernel: nameOf(measured.guest.kernel) }),
      ...differences({ initramfs: nameOf(baseline.guest.initramfs) }, { initramfs: nameOf(measured.guest.initramfs) }),
    ],
  };
}

function nameOf({ version, sha256 }: Figures['guest']['kernel']): string {
  return `${version === undefined ? '' : `${version}, `}sha256 ${sha256.slice(0, 12)}`;
}

function differences(baseline: Readonly<Record<string, string | number>>, value: Readonly<Record<string, string | number>>): Difference[] {
  return Object.keys(value)
    .filter((name) => baseline[name] !== value[name])
    .map((name) => ({ name, baseline: String(baseline[name]), value: String(value[name]) }));
}

/** What an update keeps of machines that were not measured again: their figures, where these are of the same guest under the same conditions. */
export function updatedFigures(baseline: Figures | undefined, measured: Figures): Figures {
  if (baseline === undefined) return measured;
  const { conditions, guest } = compareFigures(baseline, measured);
  return conditions.length + guest.length > 0 ? measured : { ...measured, figures: { ...baseline.figures, ...measured.figures } };
}

/** A change in percent of the baseline, e.g. `+1.00 %`; `new` and `gone` where there is nothing to compare. */
export function describeChange({ baseline, value }: FigureChange): string {
  if (baseline === null) return 'new';
  if (value === null) return 'gone';
  const percent = (100 * (value - baseline)) / Math.abs(baseline);
  return `${percent < 0 ? '' : '+'}${Number.isFinite(percent) ? percent.toFixed(2) : 'infinite'} %`;
}
