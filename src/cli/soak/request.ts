import { BringupError } from '../../model/errors.ts';
import { parseArguments, readCount } from '../arguments.ts';
import { readRunRequest, runOptions, withDashedValues } from '../run/options.ts';

/** A soak as its command line asks for it. */
export interface SoakRequest {
  /** What every round's `bringup run` is given, but for --out and --iteration. */
  readonly runArgv: readonly string[];
  readonly until: { readonly iterations: number } | { readonly forMs: number };
  /** Folder for the rounds' reports; undefined for a new one below reports/. */
  readonly out: string | undefined;
}

const own = { for: { type: 'string' }, iterations: { type: 'string' } } as const;

/** What makes no sense round after round. */
const refused = ['iteration', 'keep-failed'] as const;

/** Reads the command line of `bringup soak`. @throws BringupError `usage` */
export function readSoakRequest(argv: readonly string[]): SoakRequest {
  const { values, tokens } = parseArguments(withDashedValues(argv), { ...runOptions, ...own });
  const given = new Set(tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])));
  const wrong = refused.find((name) => given.has(name));
  if (wrong !== undefined) throw new BringupError('usage', `--${wrong} is for bringup run, not for a soak`, { hint: 'leave it out.' });
  if ((values.for === undefined) === (values.iterations === undefined)) {
    throw new BringupError('usage', `expected either --for or --iterations, got ${values.for === undefined ? 'neither' : 'both'}`, {
      hint: 'e.g. --for 8h, or --iterations 10.',
    });
  }
  const runArgv = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [token.value];
    if (token.kind !== 'option' || token.name in own || token.name === 'out') return [];
    return [token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`];
  });
  // The first round would refuse it as well, after the set-up.
  readRunRequest(runArgv);
  return {
    runArgv,
    until:
      values.iterations === undefined
        ? { forMs: readDuration(values.for as string) }
        : { iterations: readCount('--iterations', values.iterations, 1) },
    out: values.out,
  };
}

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

function readDuration(text: string): number {
  const [, digits, unit] = /^([1-9]\d*)([smh])$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits) * unitsMs[unit as keyof typeof unitsMs];
  throw new BringupError('usage', `--for: expected a duration, got ${JSON.stringify(text)}`, { hint: 'e.g. 90s, 30m or 8h.' });
}
