import { BringupError } from '../model/errors.ts';
import { packageManifest } from '../model/package-files.ts';

/**
 * Package managers only warn where Node is too old, and what fails then is something far from it.
 * @throws BringupError `requirement-missing`
 */
export function requireNode(version: string): void {
  const { engines } = packageManifest();
  if (engines.node.split(' || ').some((range) => satisfies(version, range))) return;
  throw new BringupError('requirement-missing', `bringup needs Node ${engines.node}, and this is ${version}`, {
    hint: 'install such a Node and put it first on PATH.',
  });
}

/** The two kinds of range that package.json has: `^1.2.3` and `>=1.2.3`. */
function satisfies(version: string, range: string): boolean {
  const [major = 0, ...rest] = numbers(version);
  const [wanted = 0, ...least] = numbers(range);
  if (major !== wanted) return range.startsWith('>=') && major > wanted;
  const at = least.findIndex((number, index) => rest[index] !== number);
  return at === -1 || (rest[at] ?? 0) > (least[at] ?? 0);
}

function numbers(text: string): number[] {
  return [...text.matchAll(/\d+/g)].map(Number);
}
