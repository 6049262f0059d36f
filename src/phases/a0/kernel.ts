import assert from 'node:assert/strict';
import { observeGuest } from '../../harness/diagnosis/observe.ts';
import { assertBootMarkers } from '../boot-markers.ts';
import { type CheckContext, check, probe } from '../define.ts';
import { probeCheck, runProbe } from '../probe-check.ts';

/** Share of a sample that an idle vCPU's host thread may have a CPU; its waiting for one is the host's doing. */
const idleShare = 0.05;
const samples = 3;

/** The least disturbed sample decides: a kernel that spins shows none that is idle. */
async function assertIdles({ console, machine, within }: CheckContext): Promise<void> {
  await console.expect('PROBE IDLES', within(30_000));
  const busiest: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const activity = await observeGuest(machine.pid, machine.qmp);
    assert.equal(activity.qmp, 'answers');
    busiest.push(Math.max(...activity.vcpus.map(({ ran }) => ran)));
  }
  const least = Math.min(...busiest);
  assert.ok(
    least <= idleShare,
    `a sleeping guest’s busiest vCPU used ${busiest.map((share) => `${Math.round(share * 100)} %`).join(', ')} of a host CPU`,
  );
}

/** The kernel's own doings: boot, clock, idle, log. */
export const kernelChecks = [
  check(
    'a0.boot.markers',
    'each boot marker of the profile is seen, first sightings in its order',
    { guest: { init: probe('a0-init') } },
    async (context) => {
      await runProbe(context, 'a0-init');
      assertBootMarkers(context.machine.markers, context.profile.bootMarkers);
    },
  ),
  probeCheck({
    id: 'a0.timer.counter',
    title: 'CNTVCT_EL0 advances and never goes back, CNTFRQ_EL0 is what the kernel’s clock agrees with',
    probe: 'a0-timer',
    results: ['never-back', 'advances', 'frequency-sane', 'agrees-with-clock'],
  }),
  probeCheck({
    id: 'a0.idle.wfi',
    title: 'an idle kernel waits: while init sleeps, the vCPU’s thread uses no host CPU',
    probe: 'a0-idle',
    results: ['sleep-result', 'slept-long-enough'],
    during: assertIdles,
  }),
  probeCheck({
    id: 'a0.klog.ring',
    title: 'the kernel’s log ring is readable, in order, with levels, and holds no error',
    probe: 'a0-klog',
    results: ['readable', 'records', 'levels', 'order', 'no-errors'],
  }),
];
