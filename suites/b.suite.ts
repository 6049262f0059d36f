import { b } from 'bringup/phases';
import { bindPhase } from 'bringup/vitest';

bindPhase(b);
