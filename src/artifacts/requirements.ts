export { checkRequirements, findProgram, type RequirementState } from './requirements/check.ts';
export { ensureRequirements, installCommand, installRequirements, missingOf, packagesOf } from './requirements/install.ts';
export { type Requirement, type RequirementScope, requirements } from './requirements/table.ts';
