import type { BringupError } from '../../model/errors.ts';
import type { OutputMode } from './command.ts';
import type { Exchange } from './exchange.ts';
import { acknowledgeMs, type ShellLink } from './link.ts';
import { commandText, type LongText, lastBegunCommand, setUpText } from './posix.ts';
import { interruptUntilReady } from './recovery.ts';

/** How often what arrived damaged is typed again. */
const typingTries = 4;

/**
 * Makes the shell on the console a session: defines in it what commands report with.
 * @throws BringupError `shell-protocol`, `machine-broken`, the signal's reason.
 */
export async function setUp(link: ShellLink, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; attempt <= typingTries; attempt++) {
    if (await typeSetUp(link, signal)) return;
    await interruptUntilReady(link, signal);
  }
  throw link.protocolError('nothing on the console answers as a POSIX shell does');
}

async function typeSetUp(link: ShellLink, signal: AbortSignal): Promise<boolean> {
  link.session = link.newSession();
  const { first, readyChars, ...text } = setUpText(link.session, link.maxLineBytes);
  const exchange = link.listen(0);
  for (const line of first) await link.type(line, signal);
  if (!(await typeLong(link, exchange, text, signal))) return false;
  return link.answered(exchange, () => exchange.ready === readyChars, acknowledgeMs, signal);
}

/**
 * Types a command until the shell says that it begins; listens on.
 * @throws BringupError `shell-protocol`, `machine-broken`, the signal's reason.
 */
export async function typeCommand(
  link: ShellLink,
  command: string,
  mode: OutputMode,
  signal: AbortSignal,
): Promise<{ exchange: Exchange; resends: number }> {
  for (let resends = 0; resends < typingTries; resends++) {
    const exchange = link.listen(link.nextSequence());
    const text = commandText(exchange.sequence, command, mode, link.maxLineBytes);
    let isTyped = true;
    if ('line' in text) await link.type(text.line, signal);
    else isTyped = await typeLong(link, exchange, text, signal);
    const answered = (): boolean => exchange.begun || exchange.exitStatus !== undefined || exchange.refused;
    if (isTyped && (await link.answered(exchange, answered, acknowledgeMs, signal))) {
      if (!exchange.refused) return { exchange, resends };
      continue;
    }
    // Nothing began: the shell may be another one by now, or stuck in what arrived damaged.
    await interruptUntilReady(link, signal);
    await setUp(link, signal);
    if ((await lastBegun(link, signal)) === exchange.sequence) throw begunUnseen(link);
  }
  throw link.protocolError(`the command did not arrive whole in ${typingTries} tries`);
}

/** Number of the command that the shell began last; 0 for a shell that began none. */
async function lastBegun(link: ShellLink, signal: AbortSignal): Promise<number> {
  for (let attempt = 1; attempt <= typingTries; attempt++) {
    const question = link.listen(link.nextSequence());
    await link.type(lastBegunCommand(question.sequence), signal);
    await link.answered(question, () => question.ready !== undefined, acknowledgeMs, signal);
    if (question.ready !== undefined) return question.ready;
  }
  throw link.protocolError('it can’t be told whether the command ran');
}

/** A command must not run twice. */
function begunUnseen(link: ShellLink): BringupError {
  return link.protocolError('the command began, but its reports of that were damaged beyond reading; it was interrupted');
}

/** Types line by line, each acknowledged; ends early where one arrived damaged. False where the shell does not answer. */
async function typeLong(link: ShellLink, exchange: Exchange, { opening, lines }: LongText, signal: AbortSignal): Promise<boolean> {
  await link.type(opening, signal);
  if (!(await link.answered(exchange, () => exchange.ready === 0, acknowledgeMs, signal))) return false;
  let chars = 0;
  for (const line of lines) {
    const before = exchange.ready;
    await link.type(line, signal);
    if (!(await link.answered(exchange, () => exchange.ready !== before, acknowledgeMs, signal))) return false;
    chars += line.length;
    if (exchange.ready !== chars) break;
  }
  await link.type('', signal);
  return true;
}
