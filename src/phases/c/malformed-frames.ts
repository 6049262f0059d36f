import { encodeArp } from '../../harness/lab/packets/arp.ts';
import { checksum } from '../../harness/lab/packets/checksum.ts';
import { etherTypes } from '../../harness/lab/packets/ethernet.ts';
import { encodeIcmp, icmpTypes } from '../../harness/lab/packets/icmp.ts';
import { encodeIpv4, type Ipv4Packet, protocols } from '../../harness/lab/packets/ipv4.ts';
import { encodeTcp, type TcpFlag, type TcpSegment } from '../../harness/lab/packets/tcp.ts';
import { encodeUdp } from '../../harness/lab/packets/udp.ts';
import type { Random } from '../../harness/random.ts';
import { addresses, services } from './lan.ts';

/** A frame behind its addresses. */
export interface MalformedFrame {
  readonly type: Buffer;
  readonly payload: Buffer;
}

export interface MalformedKind {
  readonly name: string;
  /** One case: most often one frame. */
  readonly make: (random: Random) => readonly MalformedFrame[];
}

const typeBytes = (type: number): Buffer => Buffer.from([type >> 8, type & 255]);
const frame = (type: number, payload: Uint8Array): MalformedFrame => ({ type: typeBytes(type), payload: Buffer.from(payload) });
const ipv4 = (packet: Partial<Ipv4Packet>): MalformedFrame =>
  frame(
    etherTypes.ipv4,
    encodeIpv4({ source: addresses.peer, destination: addresses.guest, protocol: protocols.udp, payload: udp(), ...packet }),
  );
const udp = (datagram: Partial<Parameters<typeof encodeUdp>[0]> = {}): Buffer =>
  encodeUdp(
    { sourcePort: 4_000, destinationPort: services.udpEcho, payload: Buffer.from('malformed'), ...datagram },
    addresses.peer,
    addresses.guest,
  );
const tcp = (segment: Partial<TcpSegment>): MalformedFrame =>
  ipv4({
    protocol: protocols.tcp,
    payload: encodeTcp(
      {
        ...{ sourcePort: 4_000, destinationPort: services.echo, sequence: 1, acknowledgement: 0, flags: ['syn'], window: 1_000 },
        ...{ payload: Buffer.alloc(0), ...segment },
      },
      addresses.peer,
      addresses.guest,
    ),
  });
const icmp = (type: number, code: number, payload: Uint8Array): MalformedFrame =>
  ipv4({ protocol: protocols.icmp, payload: encodeIcmp({ type, code, rest: 0, payload }) });

const arp = encodeArp({
  ...{ operation: 'request', senderMac: '52:54:00:00:00:09', senderIp: addresses.peer },
  ...{ targetMac: '00:00:00:00:00:00', targetIp: addresses.guest },
});
const allFlags: readonly TcpFlag[] = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'];
/** Each or not: never the same nonsense. */
const nonsenseFlags = (random: Random): TcpFlag[] => allFlags.filter(() => random.below(2) === 1);

const icmpv6 = 58;

/** A fixed IPv6 header and what follows it (RFC 8200, 3). */
function ipv6(nextHeader: number, length: number, payload: Uint8Array, random: Random): MalformedFrame {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(length, 4);
  header[6] = nextHeader;
  header[7] = 255;
  header.set([0xfe, 0x80], 8);
  random.bytes(8).copy(header, 16);
  // All nodes of the link.
  header.set([0xff, 0x02], 24);
  header[39] = 1;
  const body = Buffer.from(payload);
  // What is wrong with it lies deeper: a wrong checksum would hide it.
  if (nextHeader === icmpv6 && length === body.length) {
    body.writeUInt16BE(0, 2);
    const pseudo = Buffer.concat([header.subarray(8, 40), Buffer.from([0, 0, body.length >> 8, body.length & 255, 0, 0, 0, nextHeader])]);
    body.writeUInt16BE(checksum(pseudo, body), 2);
  }
  return frame(etherTypes.ipv6, Buffer.concat([header, body]));
}

/** Frames that no correct sender sends, of kinds that kernels have fallen over. */
export const kindsOfMalformed: readonly MalformedKind[] = [
  { name: 'nothing behind the addresses', make: (random) => [frame(random.pick(Object.values(etherTypes)), Buffer.alloc(0))] },
  { name: 'an unknown type', make: (random) => [frame(0x9000 + random.below(0x1000), random.bytes(random.below(1_500)))] },
  { name: 'a length (IEEE 802.3) that is not its own', make: (random) => [frame(random.below(1_501), random.bytes(random.below(100)))] },
  {
    name: 'VLAN tags in one another',
    make: (random) => [
      frame(0x8100, Buffer.concat(Array.from({ length: 1 + random.below(300) }, () => Buffer.from([0, random.below(256), 0x81, 0])))),
    ],
  },
  { name: 'ARP that is cut off', make: (random) => [frame(etherTypes.arp, arp.subarray(0, random.below(arp.length)))] },
  {
    name: 'ARP with other lengths of addresses',
    make: (random) => {
      const wrong = Buffer.from(arp);
      wrong[4] = random.below(256);
      wrong[5] = random.below(256);
      return [frame(etherTypes.arp, wrong)];
    },
  },
  { name: 'an IPv4 header that is cut off', make: (random) => [frame(etherTypes.ipv4, ipv4({}).payload.subarray(0, random.below(20)))] },
  { name: 'another version than 4', make: (random) => [ipv4({ version: random.pick([0, 1, 3, 5, 6, 15]) })] },
  { name: 'a header length below 5, or beyond the packet', make: (random) => [ipv4({ headerWords: random.pick([0, 1, 4, 14, 15]) })] },
  {
    name: 'a total length that is not its own',
    make: (random) => [ipv4({ totalLength: random.pick([0, 1, 19, 20, 21, 1_500, 65_535, random.below(65_536)]) })],
  },
  { name: 'a wrong checksum of the header', make: (random) => [ipv4({ checksum: random.below(65_536) })] },
  {
    name: 'options without an end, or beyond theirs',
    make: (random) => [
      ipv4({
        options: Buffer.concat([
          Buffer.from([random.pick([7, 68, 131, 137, 148, 255]), random.pick([0, 1, 2, 3, 39, 255])]),
          random.bytes(38),
        ]).subarray(0, 4 * (1 + random.below(10))),
      }),
    ],
  },
  {
    name: 'senders that can’t be',
    make: (random) => [
      ipv4({ source: random.pick(['255.255.255.255', '224.0.0.1', '127.0.0.1', '0.0.0.0', addresses.guest, '10.0.0.255']) }),
    ],
  },
  {
    name: 'fragments over one another',
    make: (random) => {
      const identification = random.below(65_536);
      const [first, second] = [random.bytes(8 * (2 + random.below(20))), random.bytes(8 * (1 + random.below(20)))];
      return [
        ipv4({ identification, moreFragments: true, payload: first }),
        ipv4({ identification, fragmentOffset: 8 * random.below(first.length / 8), payload: second }),
      ];
    },
  },
  {
    name: 'a fragment beyond the longest packet',
    make: (random) => {
      const identification = random.below(65_536);
      return [
        ipv4({ identification, moreFragments: true, payload: random.bytes(1_400) }),
        ipv4({ identification, fragmentOffset: 65_528, payload: random.bytes(1_400) }),
      ];
    },
  },
  {
    name: 'fragments whose others never come',
    make: (random) => [
      ipv4({
        identification: random.below(65_536),
        moreFragments: random.below(2) === 0,
        fragmentOffset: 8 * (1 + random.below(8_000)),
        payload: random.bytes(8 * (1 + random.below(100))),
      }),
    ],
  },
  {
    name: 'a datagram’s length that is not its own',
    make: (random) => [ipv4({ payload: udp({ length: random.pick([0, 1, 7, 8, 9, 100, 65_535]) }) })],
  },
  { name: 'a datagram that is cut off', make: (random) => [ipv4({ payload: udp().subarray(0, random.below(8)) })] },
  {
    name: 'a segment whose header is beyond it, or cut off',
    make: (random) => [
      tcp({ headerWords: random.pick([0, 1, 4, 6, 15]) }),
      ipv4({ protocol: protocols.tcp, payload: random.bytes(random.below(20)) }),
    ],
  },
  {
    name: 'flags that contradict each other',
    make: (random) => [
      tcp({
        flags: nonsenseFlags(random),
        sequence: random.below(2 ** 32),
        acknowledgement: random.below(2 ** 32),
        payload: random.bytes(random.below(100)),
      }),
    ],
  },
  {
    name: 'options of a segment without an end, or beyond theirs',
    make: (random) => [
      tcp({
        options: Buffer.concat([
          Buffer.from([random.pick([2, 3, 4, 5, 8, 19, 34, 254]), random.pick([0, 1, 2, 3, 11, 255])]),
          random.bytes(38),
        ]).subarray(0, 4 * (1 + random.below(10))),
      }),
    ],
  },
  {
    name: 'a message of ICMP that is cut off',
    make: (random) => [ipv4({ protocol: protocols.icmp, payload: random.bytes(random.below(8)) })],
  },
  {
    name: 'errors about packets that were never sent',
    make: (random) => [
      icmp(random.pick([icmpTypes.unreachable, icmpTypes.timeExceeded, 4, 5, 12]), random.below(16), random.bytes(random.below(60))),
    ],
  },
  {
    name: 'an IPv6 length that is not its own',
    make: (random) => [ipv6(random.pick([6, 17, 58]), random.pick([0, 1, 1_000, 65_535]), random.bytes(random.below(60)), random)],
  },
  {
    name: 'headers of IPv6 without an end',
    make: (random) => [
      ipv6(
        0,
        200,
        Buffer.concat(
          Array.from({ length: 25 }, () =>
            Buffer.from([random.pick([0, 43, 44, 60]), 0, random.below(256), random.below(256), 0, 0, 0, 0]),
          ),
        ),
        random,
      ),
    ],
  },
  {
    name: 'options of neighbour discovery of no length',
    make: (random) => [
      ipv6(
        58,
        32,
        Buffer.concat([
          Buffer.from([random.pick([133, 134, 135, 136, 137]), 0]),
          random.bytes(22),
          Buffer.from([random.below(6), 0]),
          random.bytes(6),
        ]),
        random,
      ),
    ],
  },
  { name: 'random bytes', make: (random) => [frame(random.pick(Object.values(etherTypes)), random.bytes(random.below(1_500)))] },
];
