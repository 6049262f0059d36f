import { d } from 'bringup/phases';
import { bindPhase } from 'bringup/vitest';

bindPhase(d);
