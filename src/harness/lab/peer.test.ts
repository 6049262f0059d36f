import { expect, test } from 'vitest';
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

test('who answers a frame keeps it from those who wait', async () => {
  const { one, other } = two();
  const end = other.answer((frame) => saying('a')(frame) !== undefined);
  one.send(say('a'));
  await expect(other.expect('a', saying('a'), { timeoutMs: 10 })).rejects.toMatchObject({ code: 'expect-timeout' });
  end();
  one.send(say('a'));
  expect(await other.expect('a', saying('a'), soon)).toBe('a');
});
