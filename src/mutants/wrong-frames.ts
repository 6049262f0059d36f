import type { Lab } from '../harness/lab/lab.ts';
import { decodeEthernet, encodeEthernet, etherTypes } from '../harness/lab/packets/ethernet.ts';
import { type DecodedIpv4, decodeIpv4, encodeIpv4, type Ipv4Packet, protocols } from '../harness/lab/packets/ipv4.ts';
import { decodeTcp, encodeTcp } from '../harness/lab/packets/tcp.ts';
import { decodeUdp } from '../harness/lab/packets/udp.ts';
import type { GuestChange } from '../phases/guest-change.ts';
import { onLab } from './seeds.ts';

type Direction = 'to' | 'from';

/** What becomes of the guest's IPv4 packets, by a function that is made anew for each guest: undefined for what stays as it is, `lost` for no more. */
function changing(begin: () => (packet: DecodedIpv4, direction: Direction) => Partial<Ipv4Packet> | 'lost' | undefined): GuestChange {
  return onLab((lab: Lab) => {
    const change = begin();
    lab.segment().alter('guest', (frame, direction) => {
      const ethernet = decodeEthernet(frame);
      const packet = ethernet?.type === etherTypes.ipv4 ? decodeIpv4(ethernet.payload) : undefined;
      const changed = packet && change(packet, direction);
      if (!ethernet || !packet || changed === undefined) return frame;
      if (changed === 'lost') return undefined;
      const { isChecksumRight: _right, ...header } = packet;
      return encodeEthernet({ ...ethernet, payload: encodeIpv4({ ...header, ...changed }) });
    });
  });
}

/** IPv4 packets of the guest that never get through, told by a function that is made anew for each guest. */
export function losing(begin: () => (packet: DecodedIpv4, direction: Direction) => boolean): GuestChange {
  return changing(() => {
    const isLost = begin();
    return (packet, direction) => (isLost(packet, direction) ? 'lost' : undefined);
  });
}

/** Whether a packet is a datagram from that port. */
export function isFromPort({ protocol, payload }: DecodedIpv4, port: number): boolean {
  return protocol === protocols.udp && decodeUdp(payload)?.sourcePort === port;
}

export function tcpFlags({ protocol, payload }: DecodedIpv4): readonly string[] {
  return (protocol === protocols.tcp ? decodeTcp(payload)?.flags : undefined) ?? [];
}

/** Packets to one address reach the guest as packets to another. */
export function readdressing(from: string, to: string): GuestChange {
  return changing(() => (packet) => (packet.destination === from ? { destination: to } : undefined));
}

/** One of so many segments, of those with at least so many bytes, has its last 50 bytes changed, and a checksum that is right for it. */
export function corruptingUnseen({ oneOf, atLeast }: { oneOf: number; atLeast: number }): GuestChange {
  return changing(() => {
    let segments = 0;
    return ({ protocol, payload, source, destination }) => {
      const segment = protocol === protocols.tcp ? decodeTcp(payload) : undefined;
      if (!segment || segment.payload.length < atLeast || ++segments % oneOf !== 0) return undefined;
      const { checksum: _wrong, ...rest } = segment;
      const changed = segment.payload.map((byte, index) => (index < segment.payload.length - 50 ? byte : byte ^ 1));
      return { payload: encodeTcp({ ...rest, payload: changed }, source, destination) };
    };
  });
}
