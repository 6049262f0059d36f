import { boot } from '../harness/boot.ts';
import type { StartMachine } from '../harness/lab/lab.ts';
import { renewalProgram } from '../harness/snapshot/renewal.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { GuestNeeds } from './define.ts';
import type { Forks } from './forks.ts';
import { guestFor } from './guest.ts';

/** Starts machines of that profile for a lab: forks, where they may be, and booted ones else. */
export function labStart(profile: KernelProfile, forks: Forks | undefined): StartMachine {
  return async ({ snapshots = false, programs = [], ...machine }, options) => {
    const needs: GuestNeeds = { init: 'shell', programs: snapshots ? [...programs, renewalProgram] : programs, ...machine };
    const onNoFork = (why: string): void =>
      options.observe?.({ type: 'step', title: `not forked, but booted: ${why}`, ok: true, durationMs: 0 });
    const fork = snapshots ? undefined : await forks?.fork(needs, options, onNoFork);
    if (fork) return fork;
    const guest = guestFor(needs, profile, {});
    return boot(guest.profile, { ...guest.options, snapshots, ...options });
  };
}
