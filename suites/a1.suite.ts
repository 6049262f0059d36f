import { a1 } from 'bringup/phases';
import { bindPhase } from 'bringup/vitest';

bindPhase(a1);
