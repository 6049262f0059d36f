import { describe, expect, test } from 'vitest';
import { Capture } from './capture.ts';
import { broadcast, encodeEthernet } from './packets/ethernet.ts';
import { Peer } from './peer.ts';
import { Segment } from './segment.ts';

const say = (text: string) =>
  encodeEthernet({ destination: broadcast, source: '52:54:00:00:00:01', type: 0x88b5, payload: Buffer.from(text) });

function captured(options?: { mostBytes: number }) {
  const capture = new Capture(options);
  const segment = new Segment({ name: 's', seed: 1, watch: capture.watch });
  const one = new Peer(segment, 'one');
  new Peer(segment, 'other');
  return { capture, segment, one };
}

/** Types of the file's blocks; each must say its length at both ends. */
function blocksOf(file: Buffer): number[] {
  const blocks: number[] = [];
  for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
    blocks.push(file.readUInt32LE(at));
    expect(file.readUInt32LE(at + file.readUInt32LE(at + 4) - 4)).toBe(file.readUInt32LE(at + 4));
  }
  return blocks;
}
const [section, description, frame] = [0x0a0d0d0a, 1, 6];

describe('a capture', () => {
  test('has each frame where it was sent, and where something happened to it', () => {
    const { capture, segment, one } = captured();
    one.send(say('arrives'));
    expect(blocksOf(capture.file())).toEqual([section, description, frame]);
    segment.impair('other', { loss: 1 });
    one.send(say('is lost'));
    segment.impair('other', { corrupt: 1 });
    one.send(say('is changed'));
    expect(blocksOf(capture.file())).toEqual([section, description, frame, frame, description, frame, frame, frame]);
    expect(capture.file().includes('dropped: lost')).toBe(true);
    expect(capture.file().includes('a bit turned over')).toBe(true);
  });

  test('keeps the latest frames, and says how many it did not keep', () => {
    const { capture, one } = captured({ mostBytes: 100 });
    for (let number = 0; number < 20; number++) one.send(say(`frame ${number}`));
    const file = capture.file();
    expect(capture.count).toBeLessThan(6);
    expect(file.includes('frame 19')).toBe(true);
    expect(file.includes('frame 10')).toBe(false);
    expect(file.includes(`the first ${20 - capture.count} frames were not kept`)).toBe(true);
  });
});
