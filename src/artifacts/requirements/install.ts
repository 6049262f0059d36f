import type { ProvideOptions } from '../../model/artifact.ts';
import { BringupError } from '../../model/errors.ts';
import { runTool } from '../tool.ts';
import { checkRequirements, findProgram, type RequirementState } from './check.ts';
import type { RequirementScope } from './table.ts';

/** `test` also looks at what `run` needs; a bench's rivals are never installed unasked. */
type EnsuredScope = Exclude<RequirementScope, 'bench'>;

/**
 * Makes sure that all a scope needs is there, installing what is missing. A millisecond where nothing is.
 * @throws BringupError `requirement-missing`, with the one command to run, where that takes a password; `artifact-failed` where apt-get fails.
 */
export async function ensureRequirements(scope: EnsuredScope, options: ProvideOptions = {}): Promise<void> {
  const missing = missingOf(checkRequirements(scope));
  if (missing.length === 0) return;
  await installRequirements(missing, options);
  const still = missingOf(checkRequirements(scope));
  if (still.length === 0) return;
  throw new BringupError('requirement-missing', `still missing after installing the packages: ${describe(still)}`, {
    hint: 'put the programs on PATH; `bringup doctor` says where it looks.',
  });
}

/**
 * Installs the packages of the states given, as root or by a sudo that asks for no password.
 * @throws BringupError `requirement-missing` where it may not, `artifact-failed` where apt-get fails.
 */
export async function installRequirements(states: readonly RequirementState[], { onProgress, signal }: ProvideOptions = {}): Promise<void> {
  const packages = packagesOf(states);
  const become = await rootPrefix(signal);
  if (become === null) {
    throw new BringupError('requirement-missing', `missing on this host: ${describe(states)}`, {
      hint: `run this once, then the same again:\n${installCommand(packages)}`,
    });
  }
  onProgress?.(
    `installing ${packages.join(', ')} from Debian: needed to ${[...new Set(states.map((state) => state.requirement.why))].join(', ')}`,
  );
  const apt = (...args: string[]) => {
    const [command = 'env', ...rest] = [
      ...become,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-qq',
      '-o',
      'DPkg::Lock::Timeout=300',
      ...args,
    ];
    return runTool(command, rest, signal === undefined ? {} : { signal });
  };
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  try {
    await install();
  } catch (error) {
    if (signal?.aborted) throw error;
    onProgress?.('updating the package lists: the packages could not be installed with the present ones');
    await apt('update');
    await install();
  }
}

/** What goes before a command to run it as root; null where that takes a password, or there is no apt-get to run. */
async function rootPrefix(signal: AbortSignal | undefined): Promise<readonly string[] | null> {
  if (findProgram('apt-get') === null) return null;
  if (process.getuid?.() === 0) return [];
  const withoutPassword = ['sudo', '-n'];
  const works = runTool('sudo', ['-n', 'true'], signal === undefined ? {} : { signal });
  return works.then(
    () => withoutPassword,
    () => null,
  );
}

/** The one command that installs the packages, to be pasted into a shell. */
export function installCommand(packages: readonly string[]): string {
  const become = process.getuid?.() === 0 ? 'sh' : findProgram('sudo') === null ? 'su' : 'sudo sh';
  return `${become} -c 'apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}'`;
}

/** The Debian packages of the states given, each once. */
export function packagesOf(states: readonly RequirementState[]): string[] {
  return [...new Set(states.map((state) => state.requirement.debianPackage))];
}

/** The states whose requirement is not there. */
export function missingOf(states: readonly RequirementState[]): RequirementState[] {
  return states.filter((state) => state.found === null);
}

function describe(states: readonly RequirementState[]): string {
  return states
    .map(
      ({ requirement }) =>
        `${'program' in requirement.detect ? requirement.detect.program : requirement.detect.file} (to ${requirement.why})`,
    )
    .join(', ');
}
