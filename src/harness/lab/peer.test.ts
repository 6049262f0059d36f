import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Capture } from './capture.ts';
import { broadcast, decodeEthernet, encodeEthernet } from './packets/ethernet.ts';
import { Peer } from './peer.ts';
import { Segment } from './segment.ts';

const say = (text: string) =>
  encodeEthernet({ destination: broadcast, source: '52:54:00:00:00:01', type: 0x88b5, payload: Buffer.from(text) });
const saying = (text: string) => (frame: Uint8Array) =>
  Buffer.from(decodeEthernet(frame)?.payload ?? []).toString() === text ? text : undefined;
const soon = { timeoutMs: 10_000 };

function two() {
  const segment = new Segment({ name: 's', seed: 1 });
  return { one: new Peer(segment, 'one'), other: new Peer(segment, 'other') };
}

test('a frame is waited for, or was there already; others stay for who wants them', async () => {
  const { one, other } = two();
  const later = other.expect('c', saying('c'), soon);
  for (const text of ['a', 'b', 'c']) one.send(say(text));
  expect(await later).toBe('c');
  expect(await other.expect('b', saying('b'), soon)).toBe('b');
  expect(await other.expect('a', saying('a'), soon)).toBe('a');
  await expect(other.expect('a second c', saying('c'), { timeoutMs: 20 })).rejects.toMatchObject({ code: 'expect-timeout' });
});

test('a wait is interrupted', async () => {
  const { other } = two();
  await expect(other.expect('a', saying('a'), { ...soon, signal: AbortSignal.timeout(10) })).rejects.toMatchObject({ code: 'aborted' });
  await expect(other.expect('a', saying('a'), { ...soon, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
});

test('a capture has each frame where it came in, and where it was handed out or dropped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bringup-capture-'));
  try {
    const capture = new Capture(join(folder, 's.pcapng'));
    const segment = new Segment({ name: 's', seed: 1, watch: capture.watch });
    const [one] = [new Peer(segment, 'one'), new Peer(segment, 'other')];
    one?.send(say('arrives'));
    segment.impair('other', { loss: 1 });
    one?.send(say('is lost'));
    const bytes = await readFile(capture.path);
    const blocks: number[] = [];
    for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
      blocks.push(bytes.readUInt32LE(at));
      expect(bytes.readUInt32LE(at + bytes.readUInt32LE(at + 4) - 4), 'each block ends with its length').toBe(bytes.readUInt32LE(at + 4));
    }
    // Section, then interface and frame of each port, then what came of the second frame.
    expect(blocks).toEqual([0x0a0d0d0a, 1, 6, 1, 6, 6, 6]);
    expect(bytes.includes('dropped: lost')).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});
