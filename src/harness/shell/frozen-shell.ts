import { BringupError } from '../../model/errors.ts';
import type { Exchange } from './exchange.ts';
import { acknowledgeMs, type ShellLink } from './link.ts';
import type { Session } from './posix.ts';
import { quote } from './quoting.ts';
import { typeCommand } from './typing.ts';

/** What the host must know of a frozen machine's shell to go on with it in a fork. */
export interface ShellState {
  readonly session: Session;
  readonly lastSequence: number;
  /** Number of the command that waits for its line; undefined where the shell is at its prompt. */
  readonly waiting: number | undefined;
}

/** A program of the guest that waits for a line while the machine is frozen (initramfs/probes/fork-renewal.c). */
export interface Waiter {
  readonly program: string;
  /** The line; made anew each time. */
  line(): string;
}

/** How often a line that arrived damaged is typed. */
const tries = 4;

/**
 * Starts the waiter in the shell, and returns when it says that it waits.
 * @throws BringupError `snapshot-failed`; as `typeCommand` does.
 */
export async function beginWaiting(link: ShellLink, { program }: Waiter, signal: AbortSignal): Promise<Exchange> {
  const command = `${quote(program)} ${link.session.nonce} "$__bq"`;
  const { exchange } = await typeCommand(link, command, 'tty', signal);
  await link.answered(exchange, () => exchange.ready !== undefined || exchange.exitStatus !== undefined, acknowledgeMs, signal);
  if (exchange.ready !== undefined) return exchange;
  const came = exchange.exitStatus === undefined ? 'said nothing' : `ended with ${exchange.exitStatus}`;
  throw new BringupError('snapshot-failed', `the shell can’t be frozen: ${program} ${came} ${exchange.output}`.trim(), {
    hint: 'is the program in the guest? (withPrograms adds probes as /probes/NAME)',
    consoleTail: link.console.tail(),
  });
}

/** Types the waiter's line, again where it asks again. */
export async function typeAwaited(link: ShellLink, exchange: Exchange, waiter: Waiter, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const asked = exchange.ready;
    await link.type(waiter.line(), signal);
    const isAnswered = (): boolean => exchange.exitStatus !== undefined || exchange.ready !== asked;
    if ((await link.answered(exchange, isAnswered, acknowledgeMs, signal)) && exchange.exitStatus !== undefined) return;
  }
}
