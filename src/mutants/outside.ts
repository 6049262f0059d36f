import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../harness/machine.ts';
import { BringupError } from '../model/errors.ts';

const initTimeoutMs = 30_000;

/** Without taking text that the check waits for. */
async function untilInitRuns({ console }: Machine, signal: AbortSignal): Promise<void> {
  for await (const { text } of console.lines({ signal: AbortSignal.any([signal, AbortSignal.timeout(initTimeoutMs)]) })) {
    if (text.includes('Run /sbin/init')) return;
  }
}

/** PSTATE's bits that say which exception level a vCPU is at: 0 for EL0 (Arm ARM C5.2.19). */
const levelMask = 0b1100n;
const times = 2;
const pauseMs = 10;

/** Stops the machine twice while a program runs, and changes its x20. */
export async function changeX20(machine: Machine, signal: AbortSignal): Promise<void> {
  await untilInitRuns(machine, signal);
  for (let tries = 0, changed = 0; changed < times; tries += 1) {
    if (tries === 100 * times)
      throw new BringupError('harness-fault', `of ${tries} looks at the guest only ${changed} met a program that runs`);
    await sleep(pauseMs);
    const guest = await machine.gdb.interrupt({ signal });
    try {
      if ((await guest.readRegister('cpsr')) & levelMask) continue;
      await guest.writeRegister('x20', (await guest.readRegister('x20')) ^ 1n);
      changed += 1;
    } finally {
      await guest[Symbol.asyncDispose]();
    }
  }
}
