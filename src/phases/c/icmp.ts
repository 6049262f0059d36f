import assert from 'node:assert/strict';
import type { Host } from '../../harness/lab/host.ts';
import { fragmentsOf, reassembled } from '../../harness/lab/packets/fragments.ts';
import { decodeIcmp, encodeIcmp, icmpTypes, unreachableCodes } from '../../harness/lab/packets/icmp.ts';
import { type DecodedIpv4, encodeIpv4, protocols } from '../../harness/lab/packets/ipv4.ts';
import { type ArrivedSegment, TcpConversation } from '../../harness/lab/tcp-conversation.ts';
import { type CheckContext, check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { addresses, beside, configured, neighbourOf, peerOf, services, startServer } from './lan.ts';

export const icmpChecks = [
  check(
    'c.icmp.echo',
    'pings are answered with what they carry, from nothing to a whole frame; one with a wrong checksum is not',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const peer = await neighbourOf(context);
      for (const size of [0, 1, 56, 1_471, 1_472]) await ping(context, peer, Buffer.alloc(size, `${size} bytes `));
      const wrong = encodeIcmp({ type: icmpTypes.echoRequest, code: 0, rest: 7, payload: Buffer.from('wrong'), checksum: 0x1234 });
      peer.send({ destination: addresses.guest, protocol: protocols.icmp, payload: wrong });
      await assert.rejects(echoed(context, peer, 7, 1_000), { code: 'expect-timeout' }, 'a ping with a wrong checksum is not answered');
      assert.match(await succeed(context, `ping -c1 -s 1472 ${addresses.peer}`), /1 packets received/);
    },
  ),

  check(
    'c.icmp.unreachable',
    'datagrams to a port, and packets of a protocol, that nobody serves are answered so, with the packet’s beginning',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const peer = await neighbourOf(context);
      peer.sendUdp(addresses.guest, { sourcePort: 4_000, destinationPort: 9_999, payload: Buffer.from('anybody?') });
      const { code, payload } = await unreachable(context, peer);
      assert.equal(code, unreachableCodes.port, 'the code: port unreachable');
      assert.deepEqual(
        payload.subarray(20, 24),
        Buffer.from([4_000 >> 8, 4_000 & 255, 9_999 >> 8, 9_999 & 255]),
        'the ports of the datagram that it is about',
      );
      peer.send({ destination: addresses.guest, protocol: 253, payload: Buffer.from('experimental') });
      assert.equal((await unreachable(context, peer)).code, unreachableCodes.protocol, 'the code: protocol unreachable');
    },
  ),

  check(
    'c.mtu.fragments',
    'what is larger than a frame is sent in fragments that fit, and read from fragments in any order',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const peer = await neighbourOf(context);
      const fragments: DecodedIpv4[] = [];
      const whole = peer.expect(
        'all fragments of a ping',
        (packet) => {
          if (packet.protocol !== protocols.icmp) return undefined;
          fragments.push(packet);
          return reassembled(fragments);
        },
        context.within(30_000),
      );
      const command = context.shell.run(`ping -c1 -W1 -s 4000 ${addresses.peer}`, context.within(30_000));
      const message = decodeIcmp(await beside(command, whole));
      assert.equal(fragments.length, 3, 'fragments of a ping of 4,000 bytes');
      assert.ok(
        fragments.every(({ totalLength }) => totalLength <= 1_500),
        'none is longer than a frame',
      );
      assert.equal(new Set(fragments.map(({ identification }) => identification)).size, 1, 'identifications');
      assert.deepEqual([message?.isChecksumRight, message?.payload.length], [true, 4_000], 'the ping as the fragments make it');
      await command;
      for (const order of [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [2, 0, 3, 1],
      ])
        await pingInFragments(context, peer, order);
    },
  ),

  check(
    'c.mtu.path',
    'what may not be fragmented is sent smaller, once somebody on its way says that it does not fit',
    { guest: { init: 'shell', ...configured, programs: ['c-server'] } },
    async (context) => {
      const narrow = 1_000;
      const peer = peerOf(context);
      await startServer(context);
      const connection = await TcpConversation.connect(
        peer,
        { ip: addresses.guest, port: services.source, ownPort: 4_001 },
        context.within(10_000),
      );
      connection.acknowledges = false;
      connection.say(Buffer.from('00100000'));
      await connection.until(
        'a segment as long as a frame',
        () => connection.segments.some(({ packetBytes }) => packetBytes === 1_500),
        context.within(10_000),
      );
      const tooLong = connection.segments.find(({ packetBytes }) => packetBytes === 1_500);
      assert.equal(tooLong?.dontFragment, true, 'segments may not be fragmented on their way');
      const begin = encodeTcpBeginning(tooLong);
      const quoted = encodeIpv4({
        source: addresses.guest,
        destination: addresses.peer,
        protocol: protocols.tcp,
        dontFragment: true,
        payload: begin,
        totalLength: 1_500,
      });
      const message = encodeIcmp({
        type: icmpTypes.unreachable,
        code: unreachableCodes.fragmentationNeeded,
        rest: narrow,
        payload: quoted,
      });
      peer.send({ destination: addresses.guest, protocol: protocols.icmp, payload: message });
      // What was on its way already is as long as it was.
      const isSmaller = ({ sequence, packetBytes, payload }: ArrivedSegment): boolean =>
        sequence === connection.acknowledgement && payload.length > 0 && packetBytes <= narrow;
      await connection.until('the first segment again, and smaller', () => connection.segments.some(isSmaller), context.within(20_000));
      const from = connection.segments.findIndex(isSmaller);
      connection.acknowledges = true;
      connection.send([], ['ack']);
      await connection.until('the end', () => connection.received.length === 100_000, context.within(30_000));
      const longest = Math.max(...connection.segments.slice(from).map(({ packetBytes }) => packetBytes));
      assert.ok(longest <= narrow, `packets of at most ${narrow} bytes from then on; the longest had ${longest}`);
    },
  ),
];

/** The ports and the sequence number: what an ICMP error quotes of a segment (RFC 792). */
function encodeTcpBeginning(segment: { sourcePort: number; destinationPort: number; sequence: number } | undefined): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16BE(segment?.sourcePort ?? 0, 0);
  bytes.writeUInt16BE(segment?.destinationPort ?? 0, 2);
  bytes.writeUInt32BE(segment?.sequence ?? 0, 4);
  return bytes;
}

/** The reply to the echo with that second word. */
function echoed({ within }: CheckContext, peer: Host, rest: number, timeoutMs = 10_000): Promise<Buffer> {
  const fragments: DecodedIpv4[] = [];
  return peer.expect(
    'an echo reply',
    (packet) => {
      if (packet.protocol !== protocols.icmp) return undefined;
      fragments.push(packet);
      const bytes = reassembled(fragments.filter(({ identification }) => identification === packet.identification));
      const message = bytes && decodeIcmp(bytes);
      const isIt = message?.isChecksumRight && message.type === icmpTypes.echoReply && message.rest === rest && packet.isChecksumRight;
      return isIt ? Buffer.from(message.payload) : undefined;
    },
    within(timeoutMs),
  );
}

let lastRest = 0x0001_0000;

/** An echo message that no other one is like. */
function nextEcho(payload: Buffer): { rest: number; message: Buffer } {
  lastRest += 1;
  return { rest: lastRest, message: encodeIcmp({ type: icmpTypes.echoRequest, code: 0, rest: lastRest, payload }) };
}

async function ping(context: CheckContext, peer: Host, payload: Buffer): Promise<void> {
  const { rest, message } = nextEcho(payload);
  peer.send({ destination: addresses.guest, protocol: protocols.icmp, payload: message });
  assert.deepEqual(await echoed(context, peer, rest), payload, `the reply to a ping of ${payload.length} bytes`);
}

async function pingInFragments(context: CheckContext, peer: Host, order: readonly number[]): Promise<void> {
  const payload = Buffer.from(Array.from({ length: 4_000 }, (_, index) => (index * 7) & 255));
  const { rest, message } = nextEcho(payload);
  const fragments = fragmentsOf(
    { source: addresses.peer, destination: addresses.guest, protocol: protocols.icmp, identification: rest & 0xffff, payload: message },
    1_024,
  );
  for (const index of order) peer.send(fragments[index] as (typeof fragments)[0]);
  assert.deepEqual(await echoed(context, peer, rest), payload, `the reply to a ping in fragments in the order ${order.join(', ')}`);
}

function unreachable({ within }: CheckContext, peer: Host) {
  return peer.expect(
    'an ICMP message that says “unreachable”',
    (packet) => {
      const message = packet.protocol === protocols.icmp ? decodeIcmp(packet.payload) : undefined;
      return message?.isChecksumRight && message.type === icmpTypes.unreachable ? message : undefined;
    },
    within(10_000),
  );
}
