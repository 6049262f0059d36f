export { checkRequirements, findProgram, type RequirementState } from './requirements/check.ts';
export { ensureRequirements, installCommand, installRequirements, missingOf, packagesOf } from './requirements/install.ts';
export { requirements } from './requirements/table.ts';
