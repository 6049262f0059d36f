import { type ParseArgsConfig, type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { BringupError } from '../model/errors.ts';

/**
 * Reads a command's arguments. node:util's parseArgs is enough: strict, typed, kept with Node, nothing to install
 * before the CLI can say what is wrong.
 */
type Parsed<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true; strict: true; args: string[]; tokens: true }>
>;

/**
 * Options by name, positionals, and the tokens in their order, as node:util's parseArgs gives them.
 * @param allowPositionals Whether anything but options may come. @default true
 * @throws BringupError `usage`, naming the argument that is wrong and the option that was probably meant.
 */
export function parseArguments<const O extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: O,
  { allowPositionals = true }: { allowPositionals?: boolean } = {},
): Parsed<O> {
  const config: ParseArgsConfig = { args: [...argv], options, allowPositionals, strict: true, tokens: true };
  try {
    return parseArgs(config) as Parsed<O>;
  } catch (error) {
    throw usageError(error, argv, Object.keys(options));
  }
}

function usageError(error: unknown, argv: readonly string[], known: readonly string[]): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!code.startsWith('ERR_PARSE_ARGS_')) return error;
  const wrong = argv.find((argument) => argument.startsWith('--') && !known.includes(optionName(argument)));
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && wrong !== undefined) {
    return unknownWord(
      'option',
      `--${optionName(wrong)}`,
      known.map((name) => `--${name}`),
    );
  }
  // Node's first sentence names the argument; what follows is advice about its own API.
  const [sentence = ''] = (error as Error).message.split(/\.(?: |$)/);
  return new BringupError('usage', lowerFirst(sentence), { hint: 'see the command with --help.' });
}

function optionName(argument: string): string {
  return argument.replace(/^--/, '').replace(/=.*$/s, '');
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The error for a word that is none of `known`: names it, and the nearest known one if it is near enough. */
export function unknownWord(
  kind: 'command' | 'option' | 'phase' | 'profile' | 'benchmark',
  word: string,
  known: readonly string[],
): BringupError {
  const near = nearestWord(word, known);
  const hint = near === undefined ? `expected one of ${known.join(', ')}.` : `did you mean ${near}?`;
  return new BringupError('usage', `unknown ${kind} ${JSON.stringify(word)}`, { hint });
}

/** The known word with the fewest edits to `word`, if at most a third of its letters differ. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Edits (insert, delete, replace, swap of neighbours) that lead from one word to the other. */
function editDistance(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  const at = (i: number, j: number) => table[i]?.[j] ?? j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      table[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped));
    }
  }
  return at(a.length, b.length);
}

/** @throws BringupError `usage` */
export function readPattern(source: string): RegExp {
  try {
    return new RegExp(source, 'i');
  } catch (error) {
    throw new BringupError('usage', `--grep: ${(error as Error).message}`, { hint: 'give a JavaScript regular expression.', cause: error });
  }
}

/** @throws BringupError `usage` */
export function readCount(option: string, text: string, min: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min) return value;
  throw new BringupError('usage', `${option}: expected a whole number from ${min} on, got ${JSON.stringify(text)}`);
}
