import { describe, expect, test } from 'vitest';
import { Host } from './host.ts';
import { decodeIcmp, encodeIcmp, icmpTypes } from './packets/icmp.ts';
import { protocols } from './packets/ipv4.ts';
import { decodeUdp } from './packets/udp.ts';
import { Peer } from './peer.ts';
import { Segment } from './segment.ts';
import { TcpConversation } from './tcp-conversation.ts';

const soon = { timeoutMs: 10_000 };
const never = { timeoutMs: 20 };

function two() {
  const segment = new Segment({ name: 's', seed: 1 });
  const host = (number: number) =>
    new Host(new Peer(segment, `host ${number}`), { mac: `52:54:00:00:00:0${number}`, ip: `10.0.0.${number}` });
  return { segment, one: host(1), other: host(2) };
}

describe('a host', () => {
  test('answers for its address, and for no other; may keep silent', async () => {
    const { one, other } = two();
    expect(await one.find('10.0.0.2', soon)).toBe('52:54:00:00:00:02');
    expect(other.arpRequests.map(({ senderIp }) => senderIp)).toEqual(['10.0.0.1']);
    await expect(one.find('10.0.0.3', never)).rejects.toMatchObject({ code: 'expect-timeout' });
    other.answersArp = () => false;
    const third = two().one;
    await expect(third.find('10.0.0.9', never)).rejects.toMatchObject({ code: 'expect-timeout' });
    expect(() => third.send({ destination: '10.0.0.9', protocol: 1, payload: Buffer.alloc(0) })).toThrow(
      'does not know the hardware address',
    );
  });

  test('answers pings with what they carry, but no broken ones', async () => {
    const { one } = two();
    await one.find('10.0.0.2', soon);
    const ping = (checksum?: number) =>
      encodeIcmp({
        ...{ type: icmpTypes.echoRequest, code: 0, rest: 5, payload: Buffer.from('hello') },
        ...(checksum !== undefined && { checksum }),
      });
    const reply = (within: { timeoutMs: number }) =>
      one.expect('a reply', ({ protocol, payload }) => (protocol === protocols.icmp ? decodeIcmp(payload) : undefined), within);
    one.send({ destination: '10.0.0.2', protocol: protocols.icmp, payload: ping() });
    expect(await reply(soon)).toMatchObject({ type: icmpTypes.echoReply, rest: 5, payload: Buffer.from('hello'), isChecksumRight: true });
    one.send({ destination: '10.0.0.2', protocol: protocols.icmp, payload: ping(0x1234) });
    await expect(reply(never)).rejects.toMatchObject({ code: 'expect-timeout' });
  });

  test('serves datagrams of one port', async () => {
    const { one, other } = two();
    await one.find('10.0.0.2', soon);
    const stop = other.serveUdp(7, (payload, { ip, port }) => Buffer.from(`${payload} from ${ip}:${port}`));
    const answer = (within: { timeoutMs: number }) =>
      one.expect(
        'an answer',
        ({ protocol, payload }) => (protocol === protocols.udp ? decodeUdp(payload)?.payload.toString() : undefined),
        within,
      );
    one.sendUdp('10.0.0.2', { sourcePort: 4_000, destinationPort: 7, payload: Buffer.from('hi') });
    expect(await answer(soon)).toBe('hi from 10.0.0.1:4000');
    one.sendUdp('10.0.0.2', { sourcePort: 4_000, destinationPort: 8, payload: Buffer.from('hi') });
    await expect(answer(never)).rejects.toMatchObject({ code: 'expect-timeout' });
    stop();
    one.sendUdp('10.0.0.2', { sourcePort: 4_000, destinationPort: 7, payload: Buffer.from('hi') });
    await expect(answer(never)).rejects.toMatchObject({ code: 'expect-timeout' });
  });
});

describe('a conversation', () => {
  async function talking() {
    const { one, other } = two();
    const accepting = TcpConversation.accept(other, { ownPort: 80, window: 1_000 }, soon);
    const client = await TcpConversation.connect(one, { ip: '10.0.0.2', port: 80, ownPort: 4_000 }, soon);
    return { client, server: await accepting };
  }

  test('carries what is said in order, and its end', async () => {
    const { client, server } = await talking();
    expect(client.segments[0]).toMatchObject({ flags: ['syn', 'ack'], window: 1_000 });
    const text = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 251));
    client.say(text);
    await server.until('all of it', () => server.received.length === text.length, soon);
    expect(server.received).toEqual(text);
    server.finish();
    await client.until('its end', () => client.isEnded, soon);
    expect(client.acknowledgement).toBe(server.sequence);
  });

  test('takes what comes in order only, and nothing where it is told so', async () => {
    const { client, server } = await talking();
    client.send(Buffer.from('later'), ['ack'], { sequence: client.sequence + 5 });
    client.say(Buffer.from('first'));
    expect(server.received.toString()).toBe('first');
    server.acknowledges = false;
    client.say(Buffer.from('more'));
    expect(server.received.toString()).toBe('first');
    expect(server.segments.at(-1)?.payload.toString()).toBe('more');
    await expect(server.until('what never comes', () => false, never)).rejects.toThrow(/did not send what never comes .* was psh\+ack/);
    await expect(server.until('what never comes', () => false, { ...soon, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    server.leave();
    client.say(Buffer.from('and more'));
    expect(server.segments.at(-1)?.payload.toString()).toBe('more');
  });
});
