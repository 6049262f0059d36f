import { arch, cpus, release, totalmem, type } from 'node:os';

/** One figure of a benchmark, and what it is compared with. */
export interface Metric {
  /** `<bench>_<what>[_p50|_p95]`; `accuracy` is that of the verdicts. */
  name: string;
  unit: string;
  /** Median of the samples, unless the name says otherwise. */
  value: number;
  /** What it is compared with, measured in the same run; null where there is nothing. */
  baseline: string | null;
  baselineValue: number | null;
  /** value / baselineValue. */
  ratio: number | null;
  samples: number[];
  /** Counts that the value comes from, by row and column. */
  counts?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface BenchOptions {
  /** Told each step. */
  onProgress: (message: string) => void;
  signal?: AbortSignal | undefined;
}

export interface Bench {
  readonly name: string;
  run(options: BenchOptions): Promise<Metric[]>;
}

export interface Host {
  os: string;
  arch: string;
  cpuModel: string;
  cpus: number;
  memoryMiB: number;
  node: string;
}

export function describeHost(): Host {
  const all = cpus();
  return {
    os: `${type()} ${release()}`,
    arch: arch(),
    cpuModel: all[0]?.model ?? 'unknown',
    cpus: all.length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    node: process.version,
  };
}

/** A metric from samples, compared with another's: their medians, or another percentile of them. */
export function metric(
  name: string,
  unit: string,
  samples: readonly number[],
  baseline?: { name: string; samples: readonly number[] },
  percent = 50,
): Metric {
  const value = rounded(percentile(samples, percent));
  const baselineValue = baseline === undefined ? null : rounded(percentile(baseline.samples, percent));
  return {
    name,
    unit,
    value,
    baseline: baseline?.name ?? null,
    baselineValue,
    ratio: baselineValue === null ? null : rounded(value / baselineValue),
    samples: samples.map(rounded),
  };
}

/** sorted[floor((n - 1) * p / 100)], the percentile rule of our METRIC lines. */
function percentile(samples: readonly number[], percent: number): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(((samples.length - 1) * percent) / 100)] ?? Number.NaN;
}

/** Three digits after the point: more is noise. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
