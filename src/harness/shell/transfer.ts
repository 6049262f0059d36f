import { createHash } from 'node:crypto';
import { BringupError } from '../../model/errors.ts';
import type { Exchange } from './exchange.ts';
import { acknowledgeMs, type ShellLink } from './link.ts';
import { sendAgain } from './posix.ts';

/** How often captured output that arrived damaged is asked for again. */
const sendingTries = 8;

/** A transfer may take as long as its command might, and always as long as this. */
const leastLimitMs = 120_000;

/**
 * Receives captured output until it matches its checksum, asking again for what came damaged.
 * @throws BringupError `shell-protocol`, the signal's reason.
 */
export async function receiveCaptured(
  link: ShellLink,
  exchange: Exchange,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<{ bytes: Buffer; resends: number }> {
  const limitMs = Math.max(timeoutMs, leastLimitMs);
  const until = performance.now() + limitMs;
  for (let resends = 0; ; resends++) {
    const before = exchange.dataFrames;
    await untilSent(link, exchange, until, signal);
    if (exchange.sent?.sha256 === '') throw notGathered(link);
    const bytes = exchange.sent && assemble(exchange, exchange.sent);
    if (bytes) return { bytes, resends };
    if (resends > 0 && exchange.sent === undefined && exchange.dataFrames === before)
      throw link.protocolError('captured output stopped coming');
    if (performance.now() >= until) throw link.protocolError(`captured output did not arrive within ${limitMs} ms`);
    if (resends === sendingTries) throw link.protocolError(`captured output did not match its checksum in ${sendingTries} tries`);
    exchange.sent = undefined;
    await link.type(sendAgain, signal);
  }
}

/** Waits for the last frame for as long as data keeps coming. */
async function untilSent(link: ShellLink, exchange: Exchange, until: number, signal: AbortSignal): Promise<void> {
  for (let received = -1; exchange.sent === undefined && received < exchange.dataFrames; ) {
    received = exchange.dataFrames;
    const leftMs = until - performance.now();
    if (leftMs <= 0) return;
    await link.answered(exchange, () => exchange.sent !== undefined, Math.min(acknowledgeMs, leftMs), signal);
  }
}

function assemble({ data }: Exchange, { lines, sha256 }: { lines: number; sha256: string }): Buffer | undefined {
  const pieces = Array.from({ length: lines }, (_, index) => data.get(index + 1));
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece ?? '', 'base64')));
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
  // Every line is there, so one of them, or the checksum, is wrong though it looks right.
  if (!pieces.includes(undefined)) data.clear();
  return undefined;
}

function notGathered(link: ShellLink): BringupError {
  return new BringupError('shell-protocol', 'captured output could not be gathered in a file of the guest', {
    hint: 'captured commands need a writable /tmp with room for their output, and the applets sha256sum and base64.',
    consoleTail: link.console.tail(),
  });
}
