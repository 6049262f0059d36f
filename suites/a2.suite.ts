import { a2 } from 'bringup/phases';
import { bindPhase } from 'bringup/vitest';

bindPhase(a2);
