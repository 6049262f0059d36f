import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePacket, type GdbEvent, PacketReader } from './packet.ts';

const read = (bytes: string, limitBytes = 4_096): GdbEvent[] => new PacketReader(limitBytes).push(Buffer.from(bytes, 'latin1'));
/** A packet with a right checksum, whatever its body. */
const framed = (body: string): string => {
  const sum = Buffer.from(body, 'latin1').reduce((total, byte) => total + byte, 0) % 256;
  return `$${body}#${sum.toString(16).padStart(2, '0')}`;
};
const packet = (payload: string): GdbEvent => ({ kind: 'packet', payload });

describe('encoding', () => {
  test.for([
    { payload: '', bytes: '$#00' },
    { payload: 'OK', bytes: '$OK#9a' },
    { payload: 'qSupported', bytes: '$qSupported#37' },
    { payload: '\x7f\xff', bytes: '$\x7f\xff#7e' },
    // Checksums are those of the bytes as they are sent.
    { payload: 'a#b', bytes: '$a}\x03b#43' },
    { payload: '}$*', bytes: '$}]}\x04}\n#e2' },
  ])('$payload', ({ payload, bytes }) => {
    expect(encodePacket(payload).toString('latin1')).toBe(bytes);
  });
});

describe('reading', () => {
  test('gives packets and acknowledgements in order, and nothing of what lies between', () => {
    expect(read('+$OK#9a-noise$#00')).toEqual([{ kind: 'ack' }, packet('OK'), { kind: 'nak' }, packet('')]);
  });

  test('takes upper and lower case checksums', () => {
    expect(read('$OK#9A')).toEqual([packet('OK')]);
  });

  test.for([
    { what: 'a run of four', bytes: framed('0* '), payload: '0000' },
    { what: 'a run after others', bytes: framed('a0*"1'), payload: 'a0000001' },
    { what: 'an escaped star', bytes: framed('}\n'), payload: '*' },
  ])('undoes $what', ({ bytes, payload }) => {
    expect(read(bytes)).toEqual([packet(payload)]);
  });

  test.for([
    { what: 'a wrong checksum', bytes: '$OK#9b' },
    { what: 'a checksum that is none', bytes: '$OK#zz' },
    { what: 'an escape of nothing', bytes: framed('a}') },
    { what: 'a run of nothing', bytes: framed('* ') },
    { what: 'a run too short to be one', bytes: framed('0*\x1e') },
  ])('refuses $what', ({ bytes }) => {
    expect(read(bytes)).toEqual([{ kind: 'damaged' }]);
  });

  test('a packet that another one cuts short is damaged, the other is whole', () => {
    expect(read('$O$OK#9a')).toEqual([{ kind: 'damaged' }, packet('OK')]);
  });

  test('a packet beyond the limit is told at once, however it is written', () => {
    expect(read(`$${'a'.repeat(10)}`, 9)).toEqual([{ kind: 'overlong' }]);
    expect(read(framed('0*~*~'), 100)).toEqual([{ kind: 'overlong' }]);
  });
});

test('what is encoded is read back, in any pieces', () => {
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 300 });
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (payloads, size) => {
      const line = Buffer.concat(payloads.map(encodePacket));
      const reader = new PacketReader(300 * 2);
      const events: GdbEvent[] = [];
      for (let at = 0; at < line.length; at += size) events.push(...reader.push(line.subarray(at, at + size)));
      expect(events).toEqual(payloads.map(packet));
    }),
  );
});
