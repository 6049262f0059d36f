import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Bytes, ipv4Text, macBytes, macText } from './addresses.ts';
import { decodeArp, encodeArp } from './arp.ts';
import { checksum } from './checksum.ts';
import { type DhcpMessage, decodeDhcp, encodeDhcp } from './dhcp.ts';
import { decodeEthernet, encodeEthernet, etherTypes } from './ethernet.ts';
import { fragmentsOf, reassembled } from './fragments.ts';
import { decodeIcmp, encodeIcmp, icmpTypes } from './icmp.ts';
import { decodeIpv4, encodeIpv4, protocols, pseudoHeader } from './ipv4.ts';
import { decodeTcp, encodeTcp } from './tcp.ts';
import { decodeUdp, encodeUdp } from './udp.ts';

const bytes = (most: number) => fc.uint8Array({ maxLength: most });
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(macText);
const ip = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipv4Text);
const port = fc.nat(0xffff);
const word = fc.nat(0xffff_ffff);
const equal = (got: object | undefined, sent: object): void =>
  expect(JSON.parse(JSON.stringify(got))).toMatchObject(JSON.parse(JSON.stringify(sent)));
const plain = (payload: Uint8Array) => Buffer.from(payload);

describe('what was encoded is decoded as it was', () => {
  test('Ethernet', () => {
    fc.assert(
      fc.property(mac, mac, port, bytes(100), (destination, source, type, payload) => {
        const frame = { destination, source, type, payload: plain(payload) };
        equal(decodeEthernet(encodeEthernet(frame)), { ...frame, payload: plain(payload) });
      }),
    );
  });

  test('ARP', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('request' as const, 'reply' as const),
        mac,
        ip,
        mac,
        ip,
        (operation, senderMac, senderIp, targetMac, targetIp) => {
          const packet = { operation, senderMac, senderIp, targetMac, targetIp };
          expect(decodeArp(encodeArp(packet))).toEqual(packet);
        },
      ),
    );
  });

  test('IPv4, with a right checksum; one bit of its header more or less makes it wrong', () => {
    fc.assert(
      fc.property(ip, ip, fc.nat(255), port, bytes(100), fc.nat(159), (source, destination, protocol, identification, payload, bit) => {
        const encoded = encodeIpv4({ source, destination, protocol, identification, payload });
        const decoded = decodeIpv4(encoded);
        equal(decoded, { source, destination, protocol, identification, payload: plain(payload), isChecksumRight: true });
        encoded[bit >> 3] = (encoded[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(decodeIpv4(encoded)?.isChecksumRight ?? false).toBe(false);
      }),
    );
  });

  test('ICMP', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), word, bytes(100), (type, code, rest, payload) => {
        equal(decodeIcmp(encodeIcmp({ type, code, rest, payload })), { type, code, rest, payload: plain(payload), isChecksumRight: true });
      }),
    );
  });

  test('UDP and TCP, whose checksums hold with their addresses', () => {
    fc.assert(
      fc.property(ip, ip, port, port, word, bytes(101), (source, destination, sourcePort, destinationPort, sequence, payload) => {
        const ports = { sourcePort, destinationPort, payload };
        const udp = encodeUdp(ports, source, destination);
        equal(decodeUdp(udp), { sourcePort, destinationPort, payload: plain(payload) });
        expect(checksum(pseudoHeader(source, destination, protocols.udp, udp.length), udp)).toBe(0);
        const segment = {
          ...ports,
          sequence,
          acknowledgement: 7,
          flags: ['syn', 'ack'] as const,
          window: 1000,
          options: Buffer.from('01010101', 'hex'),
        };
        const tcp = encodeTcp(segment, source, destination);
        equal(decodeTcp(tcp), { ...segment, payload: plain(payload) });
        expect(checksum(pseudoHeader(source, destination, protocols.tcp, tcp.length), tcp)).toBe(0);
      }),
    );
  });

  test('DHCP', () => {
    const message = fc.record(
      {
        type: fc.constantFrom('discover' as const, 'offer' as const, 'request' as const, 'ack' as const, 'nak' as const),
        ...{ xid: word, chaddr: mac, ciaddr: ip, yiaddr: ip, serverId: ip, requestedIp: ip, subnetMask: ip, leaseS: word },
      },
      { requiredKeys: ['type', 'xid', 'chaddr', 'ciaddr', 'yiaddr'] },
    );
    fc.assert(
      fc.property(message, (sent) => {
        expect(decodeDhcp(encodeDhcp(sent as DhcpMessage))).toEqual(sent);
      }),
    );
  });

  test('fragments, in any order', () => {
    const source = '10.0.0.1';
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.integer({ min: 1, max: 20 }),
        fc.infiniteStream(fc.nat(99)),
        (payload, eighths, order) => {
          const fragments = fragmentsOf({ source, destination: source, protocol: 1, payload }, 8 * eighths);
          const shuffled = fragments
            .map((fragment) => ({ fragment, at: order.next().value as number }))
            .sort((one, other) => one.at - other.at);
          const decoded = shuffled.map(({ fragment }) => decodeIpv4(encodeIpv4(fragment)) as NonNullable<ReturnType<typeof decodeIpv4>>);
          expect(reassembled(decoded)).toEqual(plain(payload));
          expect(reassembled(decoded.slice(1))).toBeUndefined();
        },
      ),
    );
  });
});

test('a ping as others write it', () => {
  // RFC 792 and 791, by hand: 10.0.0.1 asks 10.0.0.2.
  const echo = encodeIcmp({ type: icmpTypes.echoRequest, code: 0, rest: 0x0001_0001, payload: Buffer.from('ab') });
  expect(echo.toString('hex')).toBe('0800969b000100016162');
  const packet = encodeIpv4({ source: '10.0.0.1', destination: '10.0.0.2', protocol: protocols.icmp, payload: echo });
  expect(packet.toString('hex')).toBe(`4500001e00000000400166dd0a0000010a000002${echo.toString('hex')}`);
  const frame = encodeEthernet({ destination: '52:54:00:00:00:02', source: '52:54:00:00:00:01', type: etherTypes.ipv4, payload: packet });
  expect(frame.toString('hex')).toMatch(/^5254000000025254000000010800450000/);
});

test('addresses', () => {
  expect(macBytes('52:54:00:12:34:56').toString('hex')).toBe('525400123456');
  expect([...ipv4Bytes('192.168.0.1')]).toEqual([192, 168, 0, 1]);
  for (const wrong of [() => macBytes('52:54'), () => ipv4Bytes('10.0.0')]) expect(wrong).toThrow('expected an');
});

test.for([
  ['Ethernet', decodeEthernet],
  ['ARP', decodeArp],
  ['IPv4', decodeIpv4],
  ['ICMP', decodeIcmp],
  ['UDP', decodeUdp],
  ['TCP', decodeTcp],
  ['DHCP', decodeDhcp],
] as const)('%s of any bytes is decoded or not, but never throws', ([, decode]) => {
  fc.assert(fc.property(bytes(80), (any) => void decode(any)));
});
