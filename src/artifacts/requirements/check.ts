import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Detection, type Requirement, type RequirementScope, requirements } from './table.ts';

export interface RequirementState {
  readonly requirement: Requirement;
  /** Path of what was found, null where it is missing. */
  readonly found: string | null;
}

/** The scopes whose requirements a scope needs. */
const included: Readonly<Record<RequirementScope, readonly RequirementScope[]>> = {
  run: ['run'],
  test: ['run', 'test'],
  bench: ['run', 'bench'],
};

/** Looks for all that a scope needs; a millisecond, since it only looks files up. */
export function checkRequirements(scope: RequirementScope): RequirementState[] {
  return requirements
    .filter((requirement) => included[scope].includes(requirement.scope))
    .map((requirement) => ({ requirement, found: find(requirement.detect) }));
}

function find(detection: Detection): string | null {
  if ('program' in detection) return findProgram(detection.program);
  return existsSync(detection.file) ? detection.file : null;
}

/** The program's path, looked up on PATH as execvp(3) does; null where there is none. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | null {
  const candidates = path.split(':').map((folder) => join(folder || '.', name));
  return candidates.find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
