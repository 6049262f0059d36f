import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FrameEvent, Segment } from './segment.ts';

const addresses: Record<string, string> = { a: '525400000001', b: '525400000002', c: '525400000003', all: 'ffffffffffff' };

/** A frame of 60 bytes whose last one is its number. */
function frame(from: string, to: string, number = 0): Uint8Array {
  const bytes = Buffer.alloc(60);
  Buffer.from(`${addresses[to]}${addresses[from]}88b5`, 'hex').copy(bytes);
  bytes[59] = number;
  return bytes;
}

function segment(seed = 1) {
  const events: FrameEvent[] = [];
  const got: Record<string, number[]> = { a: [], b: [], c: [] };
  const own = new Segment({ name: 's', seed, watch: (event) => void events.push(event) });
  const ports = Object.fromEntries(
    Object.keys(got).map((name) => [
      name,
      own.attach(name, (bytes) => {
        got[name]?.push(bytes[59] as number);
        return true;
      }),
    ]),
  );
  return { own, events, got, send: (from: string, to: string, number = 0) => ports[from]?.send(frame(from, to, number)) };
}

describe('a switch', () => {
  test('floods what is for all, or for somebody not yet seen, and sends what it knows to one', () => {
    const { got, send } = segment();
    send('a', 'all', 1);
    send('a', 'b', 2);
    expect(got).toEqual({ a: [], b: [1, 2], c: [1, 2] });
    send('b', 'a', 3);
    send('a', 'b', 4);
    expect(got).toEqual({ a: [3], b: [1, 2, 4], c: [1, 2] });
  });

  test('parted, groups reach their own only; healed, everybody', () => {
    const { own, got, send, events } = segment();
    own.partition(['a'], ['b', 'c']);
    send('a', 'all', 1);
    send('b', 'all', 2);
    expect(got).toEqual({ a: [], b: [], c: [2] });
    expect(events.filter(({ way }) => way === 'dropped').map(({ port, deed }) => [port, deed])).toEqual([
      ['b', 'the segment is parted'],
      ['c', 'the segment is parted'],
      ['a', 'the segment is parted'],
    ]);
    own.heal();
    send('a', 'all', 3);
    expect(got).toEqual({ a: [], b: [3], c: [2, 3] });
  });

  test('the test’s own functions change frames at a port, or take them out, until they are ended', () => {
    const { own, got, send, events } = segment();
    const add = (count: number) => (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, at) => (at === 59 ? byte + count : byte));
    const ends = [own.alter('b', add(1)), own.alter('b', (bytes, way) => (way === 'to' ? add(10)(bytes) : undefined))];
    send('a', 'all', 1);
    send('b', 'all', 2);
    expect(got).toEqual({ a: [], b: [12], c: [1] });
    expect(events.at(-1)).toMatchObject({ port: 'b', way: 'dropped', deed: 'the test took it out' });
    for (const end of ends) end();
    send('b', 'all', 3);
    expect(got).toEqual({ a: [3], b: [12], c: [1, 3] });
  });

  test('a frame without addresses goes nowhere; ports have names of their own', () => {
    const { own, events, got } = segment();
    own.attach('d', () => true).send(Buffer.alloc(13));
    expect(events.at(-1)).toMatchObject({ port: 'd', way: 'dropped', deed: 'too short for its addresses' });
    expect(got).toEqual({ a: [], b: [], c: [] });
    expect(() => own.attach('a', () => true)).toThrow('there is a port a already');
    expect(() => own.impair('e', {})).toThrow('segment s has no port e, but a, b, c, d');
  });
});

describe('an impaired link', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  const sent = Array.from({ length: 200 }, (_, number) => number);

  function received(impairment: Parameters<Segment['impair']>[1], seed = 1): number[] {
    const { own, got, send } = segment(seed);
    own.impair('b', impairment, 'to');
    for (const number of sent) {
      send('a', 'b', number);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(10_000);
    return got.b as number[];
  }

  test('the same seed loses the same frames, another one others', () => {
    const first = received({ loss: 0.1 });
    expect(first.length).toBeGreaterThan(150);
    expect(first.length).toBeLessThan(200);
    expect(received({ loss: 0.1 })).toEqual(first);
    expect(received({ loss: 0.1 }, 2)).not.toEqual(first);
  });

  test('frames come twice', () => {
    const twice = received({ duplicate: 0.5 });
    expect(twice.length).toBeGreaterThan(250);
    expect([...new Set(twice)]).toEqual(sent);
  });

  test('delay and jitter keep the order, reordering does not', () => {
    expect(received({ delayMs: 50, jitterMs: 20 })).toEqual(sent);
    const reordered = received({ reorder: 0.1, reorderMs: 5 });
    expect(reordered).not.toEqual(sent);
    expect(reordered.toSorted((one, other) => one - other)).toEqual(sent);
  });

  test('one bit of a frame is another', () => {
    const { own, events, send } = segment();
    own.impair('b', { corrupt: 1 });
    send('a', 'b');
    const [before, after] = [events.find(({ way }) => way === 'in'), events.find(({ way, port }) => way === 'out' && port === 'b')];
    const bits = (bytes: Uint8Array = Buffer.alloc(0)) => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const wrong = [...bits(before?.frame)].filter((bit, at) => bit !== bits(after?.frame)[at]);
    expect(wrong).toHaveLength(1);
    expect(after?.deed).toBe('a bit turned over');
  });

  test('frames leave at the line’s rate, and what would wait too long is lost', () => {
    const { own, got, send, events } = segment();
    // 60 bytes take 4.8 ms; 20 ms of queue are four frames beside the one that leaves.
    own.impair('b', { bitsPerS: 100_000, queueMs: 20 }, 'to');
    for (const number of sent.slice(0, 20)) send('a', 'b', number);
    vi.advanceTimersByTime(10);
    expect(got.b).toEqual([0, 1]);
    vi.advanceTimersByTime(1_000);
    expect(got.b).toEqual([0, 1, 2, 3, 4]);
    expect(events.filter(({ deed }) => deed === 'the queue was full')).toHaveLength(15);
  });

  test('an impairment that can’t be is refused', () => {
    const { own } = segment();
    expect(() => own.impair('b', { loss: 1.5 })).toThrow();
    expect(() => own.impair('b', { delay: 1 } as never)).toThrow();
  });
});
