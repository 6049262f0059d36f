import assert from 'node:assert/strict';
import type { Within } from '../../harness/lab/host.ts';
import { protocols } from '../../harness/lab/packets/ipv4.ts';
import { decodeTcp, encodeTcp, type TcpSegment } from '../../harness/lab/packets/tcp.ts';
import { type ArrivedSegment, TcpConversation } from '../../harness/lab/tcp-conversation.ts';
import { type CheckContext, check } from '../define.ts';
import { addresses, configured, neighbourOf, peerOf, services, startServer } from './lan.ts';

const guest = { init: 'shell', ...configured, programs: ['c-server'] } as const;

/** What c-server's source sends (initramfs/probes/c-server.c). */
function sourceBytes(count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, index) => ((index * 7) >> 3) & 255));
}

/** How TCP behaves towards a peer that does what peers seldom do: the test itself (RFC 9293). */
export const tcpChecks = [
  check('c.tcp.refused', 'a port that nobody listens at answers with RST', { guest }, async (context) => {
    const peer = await neighbourOf(context);
    const syn: TcpSegment = {
      ...{ sourcePort: 4_000, destinationPort: 9_999, sequence: 0x7000_0000, acknowledgement: 0 },
      ...{ flags: ['syn'], window: 1_000, payload: Buffer.alloc(0) },
    };
    peer.send({ destination: addresses.guest, protocol: protocols.tcp, payload: encodeTcp(syn, addresses.peer, addresses.guest) });
    const answer = await peer.expect(
      'an answer to the SYN',
      (packet) => (packet.protocol === protocols.tcp ? decodeTcp(packet.payload) : undefined),
      context.within(10_000),
    );
    const { flags, acknowledgement, sequence } = answer;
    assert.deepEqual(
      [flags, acknowledgement, sequence],
      [['rst', 'ack'], 0x7000_0001, 0],
      'flags, acknowledgement and sequence number (3.5.2)',
    );
  }),

  check(
    'c.tcp.reset',
    'RST ends a connection at once, where its number is the next one; one with another number does not',
    { guest },
    async (context) => {
      const connection = await toGuest(context, services.echo);
      connection.send([], ['rst'], { sequence: (connection.sequence - 100_000) >>> 0 });
      await echo(context, connection, 'after a RST from somewhere else');
      connection.send([], ['rst']);
      await untilRefused(context, connection, 'after RST', 'RST, for the connection is gone');
      assert.equal(connection.received.includes('after RST'), false, 'what comes after RST is not echoed');
    },
  ),

  check('c.tcp.order', 'segments in any order, twice, and over one another are one stream', { guest }, async (context) => {
    const connection = await toGuest(context, services.echo);
    const text = Buffer.from(Array.from({ length: 3_000 }, (_, index) => index % 251));
    const start = connection.sequence;
    const send = (from: number, to: number): void =>
      connection.send(text.subarray(from, to), ['ack', 'psh'], { sequence: (start + from) >>> 0 });
    for (const [from, to] of [
      [2_000, 3_000],
      [500, 1_500],
      [500, 1_500],
      [1_000, 2_500],
      [0, 700],
    ] as const)
      send(from, to);
    connection.sequence = (start + text.length) >>> 0;
    // Who threw away what came early gets it again.
    for (let tries = 0; connection.received.length < text.length && tries < 5; tries += 1) {
      if (tries > 0) for (const from of [0, 1_000, 2_000]) send(from, from + 1_000);
      const echoed = connection.until('all of it', () => connection.received.length >= text.length, context.within(2_000));
      await echoed.catch(() => context.signal.throwIfAborted());
    }
    assert.deepEqual(connection.received, text, 'the echo');
  }),

  check('c.tcp.checksum', 'a segment with a wrong checksum is as if it had not come', { guest }, async (context) => {
    const connection = await toGuest(context, services.echo);
    connection.send(Buffer.from('WRONG'), ['ack', 'psh'], { checksum: 0x1234 });
    await echo(context, connection, 'RIGHT');
  }),

  check(
    'c.tcp.zero-window',
    'no more is sent than the receiver has room for; where it has none it is asked now and then, and then all of it comes',
    { guest },
    async (context) => {
      // Room for four whole segments: nobody needs to send part of one.
      const [room, total] = [4 * 1_460, 60_000];
      const connection = await toGuest(context, services.source, room);
      connection.acknowledges = false;
      const first = connection.acknowledgement;
      connection.say(Buffer.from(String(total).padStart(8, '0')));
      const sentBytes = (): number =>
        Math.max(
          0,
          ...connection.segments.map(({ sequence, payload }) => ((sequence - first) >>> 0) + payload.length).filter((end) => end < 2 ** 31),
        );
      await connection.until('as much as there is room for', () => sentBytes() >= room, context.within(10_000));
      connection.window = 0;
      connection.acknowledgement = (first + room) >>> 0;
      connection.send([], ['ack']);
      const before = connection.segments.length;
      const probes = (): ArrivedSegment[] => connection.segments.slice(before).filter(({ flags }) => !flags.includes('rst'));
      // Each is answered: there is still no room.
      for (let asked = 1; asked <= 5; asked += 1) {
        await connection.until(`probe ${asked} of the closed window`, () => probes().length >= asked, context.within(30_000));
        connection.send([], ['ack']);
      }
      assert.ok(
        sentBytes() <= room + 1,
        `no more than a probe’s byte beyond the ${room} that there was room for; ${sentBytes()} bytes came`,
      );
      assertSlower(probes().slice(0, 5), 'probes come');
      connection.window = 65_535;
      connection.acknowledges = true;
      connection.send([], ['ack']);
      await connection.until('the rest', () => connection.received.length >= total - room, context.within(30_000));
      assert.deepEqual(connection.received, sourceBytes(total).subarray(room), 'what came after the window was opened');
    },
  ),

  check('c.tcp.retransmission', 'what is not acknowledged is sent again, less and less often, until it is', { guest }, async (context) => {
    const connection = await toGuest(context, services.source);
    connection.acknowledges = false;
    const first = connection.acknowledgement;
    connection.say(Buffer.from('00001000'));
    const copies = (): ArrivedSegment[] => connection.segments.filter(({ sequence, payload }) => sequence === first && payload.length > 0);
    await connection.until('the same segment five times', () => copies().length >= 5, context.within(40_000));
    assertSlower(copies().slice(0, 5), 'it is sent');
    connection.acknowledges = true;
    await connection.until('it again', () => connection.received.length === 1_000, context.within(60_000));
    assert.deepEqual(connection.received, sourceBytes(1_000), 'what was sent');
  }),

  check(
    'c.tcp.time-wait',
    'who ended first acknowledges the other’s end again, where that is sent again (TIME_WAIT)',
    { guest },
    async (context) => {
      const connection = await toGuest(context, services.source);
      connection.say(Buffer.from('00000010'));
      await connection.until('its end', () => connection.isEnded, context.within(10_000));
      const [end, next] = [connection.sequence, (connection.sequence + 1) >>> 0];
      const acknowledgements = (): number => connection.segments.filter(({ acknowledgement }) => acknowledgement === next).length;
      connection.finish();
      await connection.until('the ACK of our end', () => acknowledgements() === 1, context.within(10_000));
      const sendAgain = (): void => connection.send([], ['fin', 'ack'], { sequence: end });
      await untilAnswered(context, sendAgain, (within) => connection.until('the ACK again', () => acknowledgements() > 1, within));
    },
  ),

  check(
    'c.tcp.no-end',
    'a peer that never ends its half holds nobody up: what it sends to a program that is gone is answered with RST',
    { guest },
    async (context) => {
      const connection = await toGuest(context, services.source);
      connection.say(Buffer.from('00000010'));
      await connection.until('its end', () => connection.isEnded, context.within(10_000));
      await untilRefused(context, connection, 'is anybody there?', 'RST');
      await echo(context, await toGuest(context, services.echo), 'the next connection');
    },
  ),
];

/** The last gap against the second: by then it is several times as long, and what a host keeps of it matters little. */
function assertSlower(segments: readonly ArrivedSegment[], what: string): void {
  const gaps = segments.slice(1).map(({ atMs }, index) => atMs - (segments[index] as ArrivedSegment).atMs);
  const [second = 0, last = 0] = [gaps[1], gaps.at(-1)];
  assert.ok(last > second, `${what} less and less often; after ${gaps.map(Math.round).join(', ')} ms`);
}

/**
 * Sends, and waits for the answer, again each second, as a peer does that hears nothing. Linux loses a segment that comes together with the one that
 * ends its connection (net/ipv4/ip_input.c: ip_list_rcv_finish).
 * @throws what the last wait throws.
 */
async function untilAnswered({ within, signal }: CheckContext, send: () => void, answer: (within: Within) => Promise<void>): Promise<void> {
  for (let tries = 9; ; tries -= 1) {
    send();
    try {
      return await answer(within(1_000));
    } catch (error) {
      signal.throwIfAborted();
      if (tries === 0) throw error;
    }
  }
}

/** Says something to whom the connection is gone for, until that is answered with RST. */
function untilRefused(context: CheckContext, connection: TcpConversation, text: string, what: string): Promise<void> {
  const before = connection.segments.length;
  const isReset = (): boolean => connection.segments.slice(before).some(({ flags }) => flags.includes('rst'));
  const send = (): void => connection.send(Buffer.from(text));
  return untilAnswered(context, send, (within) => connection.until(what, isReset, within));
}

let lastPort = 5_000;

/** A connection from the test to the guest's c-server. */
async function toGuest(context: CheckContext, port: number, window?: number): Promise<TcpConversation> {
  const peer = peers.get(context) ?? peerOf(context);
  if (!peers.has(context)) {
    peers.set(context, peer);
    await startServer(context);
  }
  lastPort += 1;
  return TcpConversation.connect(
    peer,
    { ip: addresses.guest, port, ownPort: lastPort, ...(window !== undefined && { window }) },
    context.within(10_000),
  );
}

const peers = new WeakMap<CheckContext, ReturnType<typeof peerOf>>();

async function echo(context: CheckContext, connection: TcpConversation, text: string): Promise<void> {
  const before = connection.received.length;
  connection.say(Buffer.from(text));
  await connection.until(`the echo of “${text}”`, () => connection.received.length >= before + text.length, context.within(10_000));
  assert.equal(connection.received.subarray(before).toString(), text, 'the echo');
}
