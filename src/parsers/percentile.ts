/**
 * A percentile as SIS computes it: `sorted[floor((n - 1) * p / 100)]`, no interpolation.
 * @param p 0 to 100.
 * @throws RangeError If there is no sample, or p is out of range.
 */
export function percentile(samples: readonly number[], p: number): number {
  if (!(p >= 0 && p <= 100)) throw new RangeError(`expected a percentile from 0 to 100, got ${p}`);
  const value = Float64Array.from(samples).sort()[Math.floor(((samples.length - 1) * p) / 100)];
  if (value === undefined) throw new RangeError('expected at least one sample');
  return value;
}
