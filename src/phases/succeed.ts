import assert from 'node:assert/strict';
import type { CheckContext } from './define.ts';

/** Long enough for 128 MiB on a busy host. */
const commandTimeoutMs = 180_000;

/** Runs a command that must succeed, and gives what it printed. */
export async function succeed(
  { shell, within }: Pick<CheckContext, 'shell' | 'within'>,
  command: string,
  timeoutMs: number = commandTimeoutMs,
): Promise<string> {
  const { output, exitStatus } = await shell.run(command, { captured: true, ...within(timeoutMs) });
  assert.equal(exitStatus, 0, `exit status of \`${command}\`; it printed: ${output.slice(-500)}`);
  return output;
}
