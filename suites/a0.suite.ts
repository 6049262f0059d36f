import { a0 } from 'bringup/phases';
import { bindPhase } from 'bringup/vitest';

bindPhase(a0);
