import { definePhase, probe } from '../define.ts';
import { callChecks } from './calls.ts';
import { consoleChecks } from './console.ts';
import { kernelChecks } from './kernel.ts';
import { matrixChecks } from './matrix.ts';
import { programChecks } from './programs.ts';
import { vectorChecks } from './vectors.ts';

/** A0, the system-call interface: what a kernel shows that has one serial line and runs one program. */
export const a0 = definePhase({
  id: 'a0',
  title: 'System-call infrastructure',
  machine: { init: probe('a0-init') },
  source: 'phases.md, A0 system-call infrastructure',
  checks: [...kernelChecks, ...matrixChecks, ...vectorChecks, ...consoleChecks, ...callChecks, ...programChecks],
});
