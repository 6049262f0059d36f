import { BringupError } from '../model/errors.ts';
import type { Machine } from './machine.ts';

/**
 * What is done to a guest once, at its prompt, before anything else: commands for its shell, each of which must succeed, or a function. Machines are
 * equal where the text is: what the function depends on besides belongs in its name.
 */
export type Preparation =
  | readonly string[]
  | { readonly name: string; readonly run: (machine: Machine, options: { signal?: AbortSignal }) => Promise<void> };

/** Equal for equal preparations. */
export function preparationText(preparation: Preparation | undefined): string {
  if (preparation === undefined) return '';
  return 'run' in preparation ? `${preparation.name}: ${preparation.run}` : JSON.stringify(preparation);
}

/** @throws BringupError the guest's failure where a command fails; what the function throws; the machine's end. */
export async function prepare(machine: Machine, preparation: Preparation, options: { signal?: AbortSignal }): Promise<void> {
  if ('run' in preparation) return preparation.run(machine, options);
  for (const command of preparation) {
    const { exitStatus, output } = await machine.shell.run(command, options);
    if (exitStatus === 0) continue;
    throw new BringupError('harness-fault', `preparing the guest failed: ${command}: exit status ${exitStatus}: ${output.slice(-500)}`, {
      hint: 'try the command in a guest with the same devices.',
      failureCause: 'assertion',
    });
  }
}
