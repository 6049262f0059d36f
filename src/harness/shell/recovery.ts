import { setTimeout as sleep } from 'node:timers/promises';
import { BringupError } from '../../model/errors.ts';
import type { ShellLink } from './link.ts';
import { readyCommand } from './posix.ts';

const interrupts = [
  { bytes: '\x03', name: 'Ctrl-C' },
  { bytes: '\x03', name: 'Ctrl-C again' },
  { bytes: '\x1c', name: 'Ctrl-\\' },
] as const;

/** A tty flushes what was typed before it handles an interrupt (termios, NOFLSH): what is typed must come later. */
const flushMs = 100;
const answerMs = 2_000;

/**
 * Interrupts what runs in the terminal until a shell answers, and says what helped. The shell may be another one than before.
 * @throws BringupError `machine-broken` where none answers; the signal's reason.
 */
export async function interruptUntilReady(link: ShellLink, signal: AbortSignal): Promise<string> {
  for (const { bytes, name } of interrupts) {
    const question = link.nextSequence();
    const exchange = link.listen(question);
    await link.send(bytes, signal);
    await sleep(flushMs);
    await link.type(readyCommand(link.session, question), signal);
    if (await link.answered(exchange, () => exchange.ready !== undefined, answerMs, signal)) return name;
  }
  throw new BringupError('machine-broken', 'the shell does not answer, not even after Ctrl-C and Ctrl-\\', {
    hint: 'the command ignores the terminal’s signals, or the guest hangs; boot a fresh machine.',
    consoleTail: link.console.tail(),
  });
}
