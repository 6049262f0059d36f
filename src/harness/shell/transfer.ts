import { createHash } from 'node:crypto';
import { BringupError } from '../../model/errors.ts';
import { maxCapturedBytes } from './captured-output.ts';
import type { Exchange } from './exchange.ts';
import { acknowledgeMs, type ShellLink } from './link.ts';
import { sendAgain } from './posix.ts';

/** How often captured output that arrived damaged is asked for again. */
const sendingTries = 8;

/** A transfer may take as long as its command might, and always as long as this. */
const leastLimitMs = 120_000;

/**
 * Receives captured output until it matches its checksum, asking again for what came damaged.
 * @throws BringupError `shell-protocol`, `output-too-long`, the signal's reason.
 */
export async function receiveCaptured(
  link: ShellLink,
  exchange: Exchange,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<{ bytes: Buffer; resends: number }> {
  const limitMs = Math.max(timeoutMs, leastLimitMs);
  const until = performance.now() + limitMs;
  const { captured } = exchange;
  for (let resends = 0; ; resends++) {
    const before = captured.received;
    await untilWhole(link, exchange, until, signal);
    const { sent } = exchange;
    if (sent?.sha256 === '') throw notGathered(link);
    if (captured.isTooLong(sent?.count ?? 0)) throw tooLong(link);
    const bytes = sent && captured.bytes(sent.count);
    if (bytes && createHash('sha256').update(bytes).digest('hex') === sent.sha256) return { bytes, resends };
    if (resends > 0 && !isWhole(exchange) && captured.received === before) throw link.protocolError('captured output stopped coming');
    if (performance.now() >= until) throw link.protocolError(`captured output did not arrive within ${limitMs} ms`);
    if (resends === sendingTries) throw link.protocolError(`captured output did not match its checksum in ${sendingTries} tries`);
    exchange.sent = undefined;
    captured.again(sent?.count);
    await link.type(sendAgain, signal);
  }
}

/** Waits until all has come, for as long as something keeps coming. */
async function untilWhole(link: ShellLink, exchange: Exchange, until: number, signal: AbortSignal): Promise<void> {
  const { captured } = exchange;
  for (let before = -1; !isWhole(exchange) && before < captured.received; ) {
    before = captured.received;
    const leftMs = until - performance.now();
    if (leftMs <= 0) return;
    await link.answered(exchange, () => isWhole(exchange), Math.min(acknowledgeMs + captured.hashingMs, leftMs), signal);
  }
}

/** Whether there is nothing left to wait for. */
function isWhole({ sent, captured }: Exchange): boolean {
  return sent !== undefined ? sent.sha256 === '' || captured.isWhole(sent.count) : captured.isTooLong(0);
}

function tooLong(link: ShellLink): BringupError {
  return new BringupError('output-too-long', `the command’s captured output is over ${maxCapturedBytes / 1024 / 1024} MiB`, {
    hint: 'have the guest keep its output in a file, or print less.',
    consoleTail: link.console.tail(),
  });
}

function notGathered(link: ShellLink): BringupError {
  return new BringupError('shell-protocol', 'captured output could not be gathered in a file of the guest', {
    hint: 'captured commands need a writable /tmp with room for their output, and the applets sha256sum and base64.',
    consoleTail: link.console.tail(),
  });
}
