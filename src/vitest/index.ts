export { bindPhase } from './bind-phase.ts';
