import type { CheckModel, RunModel } from './run-model.ts';

/** Options that say which checks run, how often and where to, with a value each: they do not change the guest. */
const dropped = new Set(['--grep', '--shard', '--out', '--retries', '--jobs']);

/**
 * The command that runs the check again, alone, on the same guest; null where no command of a shell does (a mutant’s baseline). Files
 * stand in it by their names, as in the record.
 */
export function commandFor(
  { argv, mutant }: Pick<RunModel, 'argv' | 'mutant'>,
  { id, phase }: Pick<CheckModel, 'id' | 'phase'>,
): string | null {
  const [program = 'bringup', command, ...words] = argv;
  if (command === 'mutants' && mutant !== null) return join([program, command, phase, '--matrix', '--grep', patternOf(mutant.id)]);
  if (command !== 'run') return null;
  return join([program, command, phase, '--grep', patternOf(id), ...guestOptions(words)]);
}

/** What is searched begins with the id and a space. */
function patternOf(id: string): string {
  return `^${id.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} `;
}

function guestOptions(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (!word.startsWith('--') || word === '--keep-failed') continue;
    const value = word.includes('=') ? [] : words.slice(at + 1, at + 2);
    at += value.length;
    if (!dropped.has(word.split('=')[0] as string)) kept.push(word, ...value);
  }
  return kept;
}

function join(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
