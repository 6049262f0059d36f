import { BringupError } from '../../model/errors.ts';
import { type ArpPacket, decodeArp, encodeArp } from './packets/arp.ts';
import { broadcast, decodeEthernet, type EthernetFrame, encodeEthernet, etherTypes } from './packets/ethernet.ts';
import { decodeIcmp, encodeIcmp, icmpTypes } from './packets/icmp.ts';
import { type DecodedIpv4, decodeIpv4, encodeIpv4, type Ipv4Packet, isPayloadRight, protocols } from './packets/ipv4.ts';
import { decodeUdp, encodeUdp, type UdpDatagram } from './packets/udp.ts';
import type { Peer } from './peer.ts';

export interface HostOptions {
  readonly mac: string;
  readonly ip: string;
}

export interface ArpRequest extends ArpPacket {
  /** Whether it was sent to everybody. */
  readonly isBroadcast: boolean;
}

/** How long to wait, and what ends the wait early. */
export interface Within {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Who sent a datagram. */
export interface UdpSender {
  readonly ip: string;
  readonly port: number;
  readonly mac: string;
}

const noMac = '00:00:00:00:00:00';

/**
 * The test as an IPv4 host on a segment: it has an address, answers ARP and pings, and sends and takes packets as the test says. Packets with a wrong
 * checksum, its own or that of their TCP or UDP, it does not take.
 */
export class Host {
  /** May change: then it is another card that has the address. */
  mac: string;
  readonly ip: string;
  readonly peer: Peer;
  /** ARP requests for its address that reached it, in order. */
  readonly arpRequests: ArpRequest[] = [];
  /** Whether a request for its address is answered. */
  answersArp: (request: ArpRequest) => boolean = () => true;
  /** Whether pings are answered: whole ones, not fragments. */
  answersPings = true;
  readonly #neighbours = new Map<string, string>();

  constructor(peer: Peer, { mac, ip }: HostOptions) {
    this.peer = peer;
    this.mac = mac;
    this.ip = ip;
    peer.answer((frame) => this.#take(frame));
  }

  /** The hardware address of another, which is asked for where it is not known. @throws BringupError `expect-timeout`, `aborted`. */
  async find(ip: string, within: Within): Promise<string> {
    const known = this.#neighbours.get(ip);
    if (known !== undefined) return known;
    this.sendArp({ operation: 'request', targetIp: ip });
    return (await this.expectArp(`an ARP reply of ${ip}`, (arp) => arp.operation === 'reply' && arp.senderIp === ip, within)).senderMac;
  }

  /** To everybody, unless `to` says otherwise; as from itself, where the packet doesn't. */
  sendArp(packet: Partial<ArpPacket> & Pick<ArpPacket, 'operation' | 'targetIp'>, to: string = broadcast): void {
    const payload = encodeArp({ senderMac: this.mac, senderIp: this.ip, targetMac: noMac, ...packet });
    this.peer.send(encodeEthernet({ destination: to, source: this.mac, type: etherTypes.arp, payload }));
  }

  expectArp(what: string, isIt: (packet: ArpPacket) => boolean, within: Within): Promise<ArpPacket> {
    const pick = (frame: Uint8Array): ArpPacket | undefined => {
      const packet = arpIn(decodeEthernet(frame));
      return packet && isIt(packet) ? packet : undefined;
    };
    return this.peer.expect(what, pick, within);
  }

  /** @throws BringupError `usage` where the receiver's hardware address is not known: `find` it first. */
  send(packet: Omit<Ipv4Packet, 'source'> & { source?: string }, to?: string): void {
    const destination = to ?? this.#neighbours.get(packet.destination);
    if (destination === undefined) {
      throw new BringupError('usage', `${this.ip} does not know the hardware address of ${packet.destination}`, {
        hint: 'await host.find(ip, within) first.',
      });
    }
    const payload = encodeIpv4({ source: this.ip, ...packet });
    this.peer.send(encodeEthernet({ destination, source: this.mac, type: etherTypes.ipv4, payload }));
  }

  sendUdp(destination: string, datagram: UdpDatagram, to?: string): void {
    this.send({ destination, protocol: protocols.udp, payload: encodeUdp(datagram, this.ip, destination) }, to);
  }

  /** The first IPv4 packet to it, of those not yet taken, of which `pick` makes something. @throws BringupError `expect-timeout`, `aborted`. */
  expect<T>(what: string, pick: (packet: DecodedIpv4, frame: EthernetFrame) => T | undefined, within: Within): Promise<T> {
    return this.peer.expect(
      what,
      (frame) => {
        const ethernet = decodeEthernet(frame);
        const packet = ethernet && this.#packetIn(ethernet);
        return packet && pick(packet, ethernet);
      },
      within,
    );
  }

  /** Has a function look at each IPv4 packet to it. @param take Answers whether the packet was its business. @returns what ends it. */
  answer(take: (packet: DecodedIpv4, frame: EthernetFrame) => boolean): () => void {
    return this.peer.answer((frame) => {
      const ethernet = decodeEthernet(frame);
      const packet = ethernet && this.#packetIn(ethernet);
      return packet !== undefined && take(packet, ethernet as EthernetFrame);
    });
  }

  /** Serves a UDP port: what the function gives is sent back. @returns what ends it. */
  serveUdp(port: number, answer: (payload: Buffer, from: UdpSender) => Uint8Array | undefined): () => void {
    return this.answer((packet, { source }) => {
      const datagram = packet.protocol === protocols.udp ? decodeUdp(packet.payload) : undefined;
      if (datagram?.destinationPort !== port) return false;
      const payload = answer(Buffer.from(datagram.payload), { ip: packet.source, port: datagram.sourcePort, mac: source });
      if (payload) this.sendUdp(packet.source, { sourcePort: port, destinationPort: datagram.sourcePort, payload }, source);
      return true;
    });
  }

  #packetIn({ type, destination, payload }: EthernetFrame): DecodedIpv4 | undefined {
    if (type !== etherTypes.ipv4 || (destination !== this.mac && destination !== broadcast)) return undefined;
    const packet = decodeIpv4(payload);
    const isOwn = packet?.destination === this.ip || packet?.destination === '255.255.255.255';
    return isOwn && packet?.isChecksumRight && isPayloadRight(packet) ? packet : undefined;
  }

  /** Learns who is where, and answers what a host answers by itself. */
  #take(frame: Uint8Array): boolean {
    const ethernet = decodeEthernet(frame);
    if (ethernet === undefined || (ethernet.destination !== this.mac && ethernet.destination !== broadcast)) return false;
    const arp = arpIn(ethernet);
    if (arp) {
      if (arp.senderIp !== '0.0.0.0') this.#neighbours.set(arp.senderIp, arp.senderMac);
      return (
        arp.operation === 'request' &&
        arp.targetIp === this.ip &&
        this.#answerArp({ ...arp, isBroadcast: ethernet.destination === broadcast })
      );
    }
    const packet = this.#packetIn(ethernet);
    if (packet === undefined) return false;
    this.#neighbours.set(packet.source, ethernet.source);
    return this.#answerPing(packet, ethernet);
  }

  #answerArp(request: ArpRequest): boolean {
    this.arpRequests.push(request);
    if (!this.answersArp(request)) return true;
    const { senderMac: targetMac, senderIp: targetIp } = request;
    this.sendArp({ operation: 'reply', targetMac, targetIp }, targetMac);
    return true;
  }

  #answerPing(packet: DecodedIpv4, { source }: EthernetFrame): boolean {
    const isWhole = packet.protocol === protocols.icmp && !packet.moreFragments && packet.fragmentOffset === 0;
    const message = isWhole && this.answersPings ? decodeIcmp(packet.payload) : undefined;
    if (!message?.isChecksumRight || message.type !== icmpTypes.echoRequest || packet.destination !== this.ip) return false;
    const { rest, payload } = message;
    const reply = encodeIcmp({ type: icmpTypes.echoReply, code: 0, rest, payload });
    this.send({ destination: packet.source, protocol: protocols.icmp, payload: reply }, source);
    return true;
  }
}

function arpIn(frame: EthernetFrame | undefined): ArpPacket | undefined {
  return frame?.type === etherTypes.arp ? decodeArp(frame.payload) : undefined;
}
