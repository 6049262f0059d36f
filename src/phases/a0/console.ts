import assert from 'node:assert/strict';
import type { CheckContext } from '../define.ts';
import { probeCheck } from '../probe-check.ts';

const allValues = Uint8Array.from({ length: 256 }, (_, value) => value);
const answerTimeoutMs = 30_000;

/** What the probe a0-console put between BYTES< and >BYTES, by the word before. */
interface SentFrames {
  readonly echo: Buffer;
  readonly raw: Buffer;
  readonly cooked: Buffer;
}

/** Plays the host's part for the probe a0-console: sends every byte value, and takes down the raw bytes that come back. */
async function exchangeBytes({ console, within, signal }: CheckContext): Promise<SentFrames> {
  await console.expect('PROBE AWAITS 256 bytes', within(answerTimeoutMs));
  const received: Uint8Array[] = [];
  const stop = console.onBytes((bytes) => received.push(Uint8Array.from(bytes)));
  try {
    await console.send(allValues, { signal });
    await console.expect(/COOKED BYTES<.*>BYTES/s, within(answerTimeoutMs));
  } finally {
    stop();
  }
  const bytes = Buffer.concat(received);
  return { echo: frame(bytes, 'ECHO'), raw: frame(bytes, 'RAW'), cooked: frame(bytes, 'COOKED') };
}

/** @throws AssertionError where the frame is not whole. */
function frame(bytes: Buffer, mark: string): Buffer {
  const [opening, closing] = [`${mark} BYTES<`, '>BYTES'];
  const start = bytes.indexOf(opening);
  const end = bytes.indexOf(closing, start + opening.length);
  assert.ok(start !== -1 && end !== -1, `the console carries the frame ${opening}..${closing}`);
  return bytes.subarray(start + opening.length, end);
}

/** A cooked tty writes in pieces that end at line feeds; between them a kernel message may stand, a whole line of its own. */
export function withoutKernelMessages(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\[ *\d+\.\d{6}\][^\r\n]*\r\n/g, ''), 'latin1');
}

function assertSameBytes(what: string, actual: Uint8Array, expected: Uint8Array): void {
  const hex = (byte: number | undefined): string => (byte === undefined ? 'the end' : `0x${byte.toString(16).padStart(2, '0')}`);
  for (let at = 0; at < Math.max(actual.length, expected.length); at += 1) {
    if (actual[at] !== expected[at]) assert.fail(`bytes ${what}: expected ${hex(expected[at])} at ${at}, got ${hex(actual[at])}`);
  }
}

/** What a tty with OPOST and ONLCR makes of all values: a CR before the LF. */
const cookedValues = Buffer.concat([allValues.subarray(0, 10), Buffer.from('\r\n'), allValues.subarray(11)]);

export const consoleChecks = [
  probeCheck({
    id: 'a0.console.all-bytes',
    title: 'write and read carry 0x00-0xff over the console: byte-exact in raw mode, cooked but for the CR before LF',
    probe: 'a0-console',
    results: ['raw-mode', 'read-count', 'read-wrong-bytes', 'write-raw', 'write-cooked'],
    during: async (context) => {
      const { echo, raw, cooked } = await exchangeBytes(context);
      assertSameBytes('read in raw mode and sent back', echo, allValues);
      assertSameBytes('written in raw mode', raw, allValues);
      assertSameBytes('written in cooked mode', withoutKernelMessages(cooked), cookedValues);
    },
  }),
];
