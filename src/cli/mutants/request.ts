import { availableParallelism } from 'node:os';
import { BringupError } from '../../model/errors.ts';
import { mutants } from '../../mutants/index.ts';
import type { Mutant } from '../../mutants/mutant.ts';
import { parseArguments, readCount, readPattern } from '../arguments.ts';
import { choosePhases } from '../run/options.ts';

/** What the command line of `bringup mutants` asks for. */
export interface MutantsRequest {
  readonly mutants: readonly Mutant[];
  /** Every check of its phase on each mutant, not only as many as catch it. */
  readonly matrix: boolean;
  readonly json: boolean;
  /** Folder for the reports; undefined for a new one below reports/. */
  readonly out: string | undefined;
  readonly jobs: number;
}

/** Reads the command line. @throws BringupError `usage` */
export function readMutantsRequest(argv: readonly string[]): MutantsRequest {
  const { values, positionals } = parseArguments(argv, {
    json: { type: 'boolean', default: false },
    matrix: { type: 'boolean', default: false },
    grep: { type: 'string' },
    out: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
  });
  const phases = choosePhases(positionals.length === 0 ? ['all'] : positionals).map(({ id }) => id);
  const pattern = values.grep === undefined ? undefined : readPattern(values.grep);
  const chosen = mutants.filter(({ id, phase, fault }) => phases.includes(phase) && (pattern?.test(`${id} ${fault}`) ?? true));
  if (chosen.length === 0) {
    throw new BringupError(
      'usage',
      `no mutant of ${phases.join(', ')}${values.grep === undefined ? '' : ` matches --grep ${JSON.stringify(values.grep)}`}`,
      {
        hint: 'it is matched against each mutant’s id and fault; docs/mutants.md lists them.',
      },
    );
  }
  return { mutants: chosen, matrix: values.matrix, json: values.json, out: values.out, jobs: readCount('--jobs', values.jobs, 1) };
}
