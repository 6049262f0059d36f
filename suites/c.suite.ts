import { c } from 'bringup/phases';
import { bindPhase } from 'bringup/vitest';

bindPhase(c);
