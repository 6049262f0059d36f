import type { InvalidMetricBody, MetricBody, SummaryBody } from './events.ts';

/**
 * Which METRIC lines count. `integer`: the whole line is `METRIC name=integer` (64-bit signed), the name is lower-cased;
 * what bringup's guests print. `float`: anywhere in a line, several a line, names as printed (older SIS tools). `any`: a line
 * is read as `integer`, and as `float` where it is not that.
 */
export type MetricDialect = 'integer' | 'float' | 'any';

const integerLine = /^METRIC\s{1,16}([A-Za-z0-9_:.-]{1,200})=(-?\d{1,40})\s*$/;
const floatAnywhere = /\bMETRIC\s{1,16}([A-Za-z_][A-Za-z0-9_]{0,199})=([0-9.eE+-]{1,40})/g;
/** What sets out to be a METRIC line: with `=`, or with the value after a blank (a form that no SIS parser takes). */
const attempt = /^METRIC\s{1,16}\S{1,200}?(?:\s{0,16}=|\s{1,16}-?\d)/;

const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;

/** The METRICs of a line, or why it has none though it sets out to; empty for any other line. */
export function parseMetrics(text: string, dialect: MetricDialect): (MetricBody | InvalidMetricBody)[] {
  if (!text.includes('METRIC')) return [];
  const integer = dialect === 'float' ? null : integerLine.exec(text);
  if (integer !== null) return [integerMetric(integer[1] as string, integer[2] as string, text)];
  const floats = dialect === 'integer' ? [] : [...text.matchAll(floatAnywhere)];
  if (floats.length > 0) return floats.map(([match, name, value]) => floatMetric(name as string, value as string, match));
  return attempt.test(text) ? [invalid(reasonOf(text, dialect), text)] : [];
}

function integerMetric(name: string, digits: string, text: string): MetricBody | InvalidMetricBody {
  const exact = BigInt(digits);
  if (exact < smallest || exact > largest) return invalid('the value does not fit 64 bits, signed', text);
  const value = Number(exact);
  const metric = { type: 'metric', name: name.toLowerCase(), value, dialect: 'integer' } as const;
  return Number.isSafeInteger(value) ? metric : { ...metric, exact: exact.toString() };
}

function floatMetric(name: string, digits: string, text: string): MetricBody | InvalidMetricBody {
  const value = Number(digits);
  return Number.isFinite(value) ? { type: 'metric', name, value, dialect: 'float' } : invalid('the value is not a number', text);
}

function reasonOf(text: string, dialect: MetricDialect): string {
  if (text.indexOf('METRIC', 1) !== -1) return 'more than one METRIC on the line';
  if (!text.includes('=')) return 'no = between name and value';
  if (/\s=|=\s/.test(text)) return 'blanks around =';
  return dialect === 'float'
    ? 'expected METRIC name=number, the name of letters, digits and _'
    : 'expected METRIC name=integer, alone on its line';
}

function invalid(reason: string, text: string): InvalidMetricBody {
  return { type: 'metric-invalid', reason, text };
}

const summaryLine = /^\[SUMMARY\] ([A-Za-z0-9_:.-]{1,200}): (.{1,400})$/;

/** `[SUMMARY] ctx_switch_ns: count=17 P50=2000 ns, P95=24000 ns, P99=49008 ns`. */
export function parseSummary(text: string): SummaryBody | undefined {
  const match = summaryLine.exec(text);
  if (match === null) return undefined;
  const [, name = '', rest = ''] = match;
  const found = [...rest.matchAll(/\bP(\d{1,3}(?:\.\d{1,3})?)=(-?\d{1,20}(?:\.\d{1,9})?)(?: ([a-zµ]{1,8})\b)?/g)];
  if (found.length === 0) return undefined;
  const count = /\bcount=(\d{1,15})\b/.exec(rest)?.[1];
  const unit = found[0]?.[3];
  return {
    type: 'summary',
    name,
    ...(count === undefined ? {} : { count: Number(count) }),
    ...(unit === undefined ? {} : { unit }),
    percentiles: Object.fromEntries(found.map(([, p, value]) => [p, Number(value)])),
  };
}
