import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QmpClient } from './client.ts';
import type { QmpEvent } from './messages.ts';

const greeting = { QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 }, package: 'x' }, capabilities: [] } };
const capabilitiesReply = { return: {}, id: 1 };
const eventWith = (text: string): QmpEvent => ({ event: 'X', data: { text }, timestamp: { seconds: 1, microseconds: 2 } });

/** Plays a session to a client: QEMU's greeting, and once the client has spoken the rest. */
async function session(rest: Iterable<Uint8Array | string>, first = `${JSON.stringify(greeting)}\r\n`) {
  const [own, peer] = duplexPair();
  const events: QmpEvent[] = [];
  const connecting = QmpClient.connect(own, { onEvent: (event) => events.push(event) });
  connecting.catch(() => {});
  peer.write(first);
  await Promise.race([new Promise((resolve) => peer.once('data', resolve)), connecting.catch(() => {})]);
  for (const piece of rest) if (!peer.write(piece)) await new Promise((resolve) => peer.once('drain', resolve));
  const read = new Promise((resolve) => own.once('end', resolve));
  peer.end();
  await read;
  return { connecting, events, own };
}

test('messages are the same however their bytes are cut, in the middle of a character, too', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const property = fc.asyncProperty(fc.array(text, { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), async (texts, size) => {
    const sent = texts.map((each) => eventWith(each.toWellFormed()));
    const bytes = Buffer.from([capabilitiesReply, ...sent].map((message) => `${JSON.stringify(message)}\r\n`).join(''));
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
    const { connecting, events, own } = await session(pieces);
    expect((await connecting).version).toBe('7.2.22');
    expect(events).toEqual(sent);
    own.destroy();
  });
  await fc.assert(property, { numRuns: 60 });
});

test('any line ends in an answer or in an error of ours', async () => {
  const property = fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (line) => {
    const { connecting, own } = await session([`${JSON.stringify(capabilitiesReply)}\n`, `${line}\n`]);
    const client = await connecting;
    own.destroy();
    await expect(client.execute('query-status')).rejects.toMatchObject({ code: 'qmp-protocol' });
  });
  await fc.assert(property, { numRuns: 100 });
});

test('a message nested deeper than any stack is an error, and no crash of ours', async () => {
  const depth = 200_000;
  const { connecting } = await session([], `${'['.repeat(depth)}${']'.repeat(depth)}\n`);
  await expect(connecting).rejects.toMatchObject({ code: 'qmp-protocol', shortMessage: expect.stringContaining('nested too deeply') });
});

test('what comes after a failure is read, but not kept', async () => {
  const piece = Buffer.alloc(1 << 20, 'x');
  const heapBefore = process.memoryUsage().heapUsed;
  const { connecting, own } = await session(Array.from({ length: 200 }, () => piece));
  await expect(connecting).rejects.toMatchObject({ code: 'qmp-protocol', shortMessage: expect.stringContaining('a line of over') });
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(100 << 20);
  own.destroy();
});
