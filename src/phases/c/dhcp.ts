import assert from 'node:assert/strict';
import type { Host, Within } from '../../harness/lab/host.ts';
import { type DhcpMessage, type DhcpType, decodeDhcp, encodeDhcp } from '../../harness/lab/packets/dhcp.ts';
import { broadcast } from '../../harness/lab/packets/ethernet.ts';
import { protocols } from '../../harness/lab/packets/ipv4.ts';
import { decodeUdp } from '../../harness/lab/packets/udp.ts';
import { check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { peerOf, plugged } from './lan.ts';

/** The shortest that udhcpc takes (BusyBox, networking/udhcp/dhcpc.c). */
const leaseS = 30;
/** When a client asks for its address again: half of it (RFC 2131, 4.4.5). */
const firstTimerMs = (leaseS * 1_000) / 2;

export const dhcpChecks = [
  check(
    'c.dhcp.renewal',
    'half-way through its lease of 30 s the address is asked for again, from the server itself, and stays beyond it',
    { guest: { init: 'shell', ...plugged } },
    async (context) => {
      const server = new DhcpServer(peerOf(context), ['10.0.0.50']);
      await succeed(context, 'ip link set eth0 up; udhcpc');
      const { ciaddr, isUnicast, afterMs } = await server.renewal(context.within(2 * firstTimerMs));
      assert.equal(ciaddr, '10.0.0.50', 'the address that is asked for again');
      assert.ok(isUnicast, 'who gave the address is asked, and nobody else');
      assert.ok(afterMs > 0.9 * firstTimerMs, `not before T1; it came ${Math.round(afterMs)} ms after the lease was given`);
      context.metric('renewal_ms', afterMs);
      // By then the first lease is over.
      const again = await server.renewal(context.within(2 * firstTimerMs));
      assert.equal(again.ciaddr, '10.0.0.50', 'the address that is asked for a second time');
      assert.match(await succeed(context, 'ip addr show dev eth0'), /inet 10\.0\.0\.50\/24/, 'the address is still there');
    },
  ),

  check(
    'c.dhcp.nak',
    'a server that refuses to renew is obeyed: the address goes, and another is asked for and taken',
    { guest: { init: 'shell', ...plugged } },
    async (context) => {
      const server = new DhcpServer(peerOf(context), ['10.0.0.50', '10.0.0.60']);
      await succeed(context, 'ip link set eth0 up; udhcpc');
      await until(context, 'ip addr show dev eth0 | grep -q "inet 10.0.0.50/24"');
      server.refuses = true;
      await server.renewal(context.within(2 * firstTimerMs));
      await until(context, 'ip addr show dev eth0 | grep -q "inet 10.0.0.60/24"');
      assert.doesNotMatch(await succeed(context, 'ip addr show dev eth0'), /10\.0\.0\.50/, 'the address that was refused is gone');
    },
  ),
];

async function until(context: Parameters<typeof succeed>[0], condition: string): Promise<void> {
  await succeed(context, `for i in $(seq 1 300); do ${condition} && break; sleep 0.1; done; ${condition}`);
}

interface Renewal {
  readonly ciaddr: string;
  readonly isUnicast: boolean;
  /** Since the last lease was given. */
  readonly afterMs: number;
}

/** Gives each client that comes the next of its addresses, and renews what it gave; `refuses` makes the next renewal a refusal. */
class DhcpServer {
  refuses = false;
  readonly #host: Host;
  readonly #addresses: string[];
  readonly #renewals: Renewal[] = [];
  #given = '';
  #xid: number | undefined;
  #givenAtMs = 0;
  #onRenewal: (() => void) | undefined;

  constructor(host: Host, addresses: readonly string[]) {
    this.#host = host;
    this.#addresses = [...addresses];
    host.answer((packet, { source, destination }) => {
      const datagram = packet.protocol === protocols.udp ? decodeUdp(packet.payload) : undefined;
      const message = datagram?.destinationPort === 67 ? decodeDhcp(datagram.payload) : undefined;
      if (message === undefined) return false;
      this.#take(message, source, destination !== broadcast);
      return true;
    });
  }

  /** The next request to renew. @throws AssertionError where none comes. */
  async renewal({ timeoutMs, signal }: Within): Promise<Renewal> {
    const came = new Promise<void>((resolve) => {
      this.#onRenewal = resolve;
    });
    const timeout = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    const late = new Promise<void>((resolve) => timeout.addEventListener('abort', () => resolve(), { once: true }));
    if (this.#renewals.length === 0) await Promise.race([came, late]);
    signal?.throwIfAborted();
    return this.#renewals.shift() ?? assert.fail(`the address was not asked for again within its lease of ${leaseS} s`);
  }

  #take(message: DhcpMessage, client: string, isUnicast: boolean): void {
    const isRenewal = message.type === 'request' && message.ciaddr !== '0.0.0.0';
    // One that is sent again is no other client.
    if (message.type === 'discover' && message.xid !== this.#xid) this.#given = this.#addresses.shift() ?? this.#given;
    if (message.type === 'discover') this.#xid = message.xid;
    if (message.type === 'discover' || message.type === 'request') {
      const type = isRenewal && this.refuses ? 'nak' : message.type === 'discover' ? 'offer' : 'ack';
      this.#reply(type, message, client);
    }
    if (!isRenewal) this.#givenAtMs = performance.now();
    else {
      this.refuses = false;
      this.#renewals.push({ ciaddr: message.ciaddr, isUnicast, afterMs: performance.now() - this.#givenAtMs });
      this.#onRenewal?.();
    }
  }

  #reply(type: DhcpType, { xid, chaddr, ciaddr }: DhcpMessage, client: string): void {
    const isToAddress = ciaddr !== '0.0.0.0' && type === 'ack';
    const reply = {
      ...{ type, xid, chaddr, ciaddr: type === 'nak' ? '0.0.0.0' : ciaddr, serverId: this.#host.ip },
      ...(type !== 'nak' && { yiaddr: this.#given, leaseS, subnetMask: '255.255.255.0' }),
    };
    const payload = encodeDhcp(reply);
    const destination = isToAddress ? ciaddr : '255.255.255.255';
    this.#host.sendUdp(destination, { sourcePort: 67, destinationPort: 68, payload }, isToAddress ? client : broadcast);
  }
}
