import { assertBootMarkers } from '../boot-markers.ts';
import { check, definePhase } from '../define.ts';
import { leakCheck } from '../leaks.ts';
import { commandChecks } from './commands.ts';
import { controlChecks } from './control.ts';
import { execChecks } from './exec.ts';
import { fileChecks } from './files.ts';
import { memoryChecks } from './memory.ts';
import { pipeAndFileChecks } from './pipes-and-files.ts';
import { processChecks } from './processes.ts';
import { signalChecks } from './signals.ts';
import { stressChecks } from './stress.ts';
import { threadChecks } from './threads.ts';
import { waitingChecks } from './waiting.ts';

const bootChecks = [
  check(
    'a1.boot.prompt',
    'the kernel boots to the shell’s prompt, past every boot marker of its profile in order',
    { guest: { init: 'shell', boots: true } },
    async ({ machine, profile, metric }) => {
      assertBootMarkers(machine.markers, profile.bootMarkers);
      const last = machine.markers.at(-1);
      if (last) metric('boot_last_marker_host_ms', Math.round(last.sinceStartMs));
    },
  ),
];

const checks = [
  ...bootChecks,
  ...commandChecks,
  ...pipeAndFileChecks,
  ...fileChecks,
  ...waitingChecks,
  ...controlChecks,
  ...signalChecks,
  ...processChecks,
  ...execChecks,
  ...memoryChecks,
  ...threadChecks,
  ...stressChecks,
];

/** A1, minimal userspace: a shell on the console, and what programs that it starts rely on. */
export const a1 = definePhase({
  id: 'a1',
  title: 'Minimal userspace',
  requires: ['a0'],
  machine: { init: 'shell' },
  source: 'phases.md, A1 minimal userspace',
  // The longest first: others run beside it.
  checks: [leakCheck('a1', checks, { leaveOut: ['a1.poweroff.psci', 'a1.reboot.psci'] }), ...checks],
});
