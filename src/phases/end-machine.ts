import type { Machine } from '../harness/machine.ts';
import type { CheckContext, HowToEnd } from './define.ts';

/** What a guest's way down takes at most, on the host that the profiles were measured on. */
const timeoutMs = 60_000;

/**
 * Ends a machine in the way named, and waits until its disks hold what they stay.
 * @throws BringupError the machine's real end where it is another one; `expect-timeout`; `aborted`; `usage` where it has no shell to ask.
 */
export async function endMachine(machine: Machine, how: HowToEnd, within: CheckContext['within']): Promise<void> {
  if (how === 'power-cut') return machine.cutPower();
  await machine.shell.ready();
  await machine.console.sendLine(how);
  await machine.endsBy(how === 'poweroff' ? 'guest-shutdown' : 'guest-reset', within(timeoutMs));
}
