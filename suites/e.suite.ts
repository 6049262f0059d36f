import { e } from 'bringup/phases';
import { bindPhase } from 'bringup/vitest';

bindPhase(e);
