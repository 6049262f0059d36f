import { availableParallelism } from 'node:os';
import { refuseToKeepInCi } from '../../harness/kept/keeper.ts';
import { BringupError } from '../../model/errors.ts';
import { type Check, type Phase, phases } from '../../phases/index.ts';
import type { RunSettings } from '../../vitest/settings.ts';
import { parseArguments, readCount, readPattern, unknownWord } from '../arguments.ts';

/** A run as its command line asks for it. */
export interface RunRequest {
  readonly phases: readonly Phase[];
  /** The checks that the phases, `--grep` and `--shard` leave. */
  readonly checks: readonly Check[];
  readonly profile: string;
  readonly overrides: RunSettings['overrides'];
  /** Folder for the reports; undefined for a new one below reports/. */
  readonly out: string | undefined;
  readonly shard: { readonly index: number; readonly total: number } | null;
  readonly retries: number;
  readonly jobs: number;
  /** Which round of a soak it is, from 0. */
  readonly iteration: number;
  /** Whether the machines of failed checks outlive the run's end, until they are told to end. */
  readonly keepFailed: boolean;
}

/** Its options, as node:util's parseArgs takes them. */
export const runOptions = {
  profile: { type: 'string', default: 'linux-arm64' },
  out: { type: 'string' },
  grep: { type: 'string' },
  shard: { type: 'string' },
  retries: { type: 'string', default: '0' },
  jobs: { type: 'string', default: String(availableParallelism()) },
  append: { type: 'string', multiple: true },
  kernel: { type: 'string' },
  initramfs: { type: 'string' },
  vcpus: { type: 'string' },
  memory: { type: 'string' },
  'qemu-arg': { type: 'string', multiple: true },
  iteration: { type: 'string', default: '0' },
  'keep-failed': { type: 'boolean', default: false },
} as const;

/** Reads the command line of `bringup run`. @throws BringupError `usage` */
export function readRunRequest(argv: readonly string[]): RunRequest {
  const { values, positionals } = parseArguments(withDashedValues(argv), runOptions);
  if (values['keep-failed']) refuseToKeepInCi('--keep-failed');
  const chosen = choosePhases(positionals);
  const shard = values.shard === undefined ? null : readShard(values.shard);
  const { kernel, initramfs, append } = values;
  return {
    phases: chosen,
    checks: chooseChecks(chosen, values.grep, shard),
    profile: values.profile,
    overrides: {
      ...(kernel !== undefined && { kernel }),
      ...(initramfs !== undefined && { initramfs }),
      ...(append !== undefined && { append: append.flatMap((parameters) => parameters.split(/\s+/).filter(Boolean)) }),
      ...(values.vcpus !== undefined && { vcpus: readCount('--vcpus', values.vcpus, 1) }),
      ...(values.memory !== undefined && { memoryMiB: readCount('--memory', values.memory, 1) }),
      ...(values['qemu-arg'] !== undefined && { qemuArgs: values['qemu-arg'] }),
    },
    out: values.out,
    shard,
    retries: readCount('--retries', values.retries, 0),
    jobs: readCount('--jobs', values.jobs, 1),
    iteration: readCount('--iteration', values.iteration, 0),
    keepFailed: values['keep-failed'],
  };
}

/** QEMU's arguments begin with a dash, which parseArgs takes only after `=`. */
export function withDashedValues(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    const value = argv[at + 1];
    if (word === '--qemu-arg' && value !== undefined) {
      joined.push(`${word}=${value}`);
      at += 1;
    } else joined.push(word);
  }
  return joined;
}

/** @throws BringupError `usage` for a name that is no phase's. */
export function choosePhases(names: readonly string[]): readonly Phase[] {
  const known = phases.map(({ id }) => id);
  if (names.length === 0) {
    throw new BringupError('usage', 'expected at least one phase, got none', { hint: `name ${known.join(', ')} or all.` });
  }
  const wrong = names.find((name) => name !== 'all' && !known.includes(name));
  if (wrong !== undefined) throw unknownWord('phase', wrong, [...known, 'all']);
  return phases.filter(({ id }) => names.includes('all') || names.includes(id));
}

function chooseChecks(chosen: readonly Phase[], grep: string | undefined, shard: RunRequest['shard']): readonly Check[] {
  const pattern = grep === undefined ? undefined : readPattern(grep);
  const all = chosen.flatMap(({ checks }) => checks);
  const wanted = all.filter(({ id, title }) => pattern === undefined || pattern.test(`${id} ${title}`));
  if (wanted.length === 0) {
    throw new BringupError('usage', `--grep ${JSON.stringify(grep)} matches none of ${all.length} checks`, {
      hint: `it is matched against each check's id and title, e.g. ${JSON.stringify(`${all[0]?.id} ${all[0]?.title}`)}.`,
    });
  }
  if (shard !== null && shard.total > wanted.length) {
    throw new BringupError('usage', `--shard: ${wanted.length} checks can't be shared out to ${shard.total} shards`, {
      hint: 'ask for fewer shards.',
    });
  }
  return shard === null ? wanted : wanted.filter((_, index) => index % shard.total === shard.index - 1);
}

function readShard(text: string): { index: number; total: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, total] = [Number(match?.[1]), Number(match?.[2])];
  if (match && index >= 1 && index <= total) return { index, total };
  throw new BringupError('usage', `--shard: expected i/n with 1 <= i <= n, got ${JSON.stringify(text)}`, { hint: 'e.g. --shard 1/3.' });
}
