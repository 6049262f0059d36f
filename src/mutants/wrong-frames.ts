import type { Lab } from '../harness/lab/lab.ts';
import { decodeEthernet, encodeEthernet, etherTypes } from '../harness/lab/packets/ethernet.ts';
import { type DecodedIpv4, decodeIpv4, encodeIpv4, protocols } from '../harness/lab/packets/ipv4.ts';
import { decodeTcp, encodeTcp } from '../harness/lab/packets/tcp.ts';
import { decodeUdp } from '../harness/lab/packets/udp.ts';
import type { GuestChange } from '../phases/guest-change.ts';
import { onLab } from './seeds.ts';

type Direction = 'to' | 'from';

function packetIn(frame: Uint8Array): DecodedIpv4 | undefined {
  const ethernet = decodeEthernet(frame);
  return ethernet?.type === etherTypes.ipv4 ? decodeIpv4(ethernet.payload) : undefined;
}

/** IPv4 packets of the guest that never get through, told by a function that is made anew for each guest. */
export function losing(begin: () => (packet: DecodedIpv4, direction: Direction) => boolean): GuestChange {
  return onLab((lab: Lab) => {
    const isLost = begin();
    lab.segment().alter('guest', (frame, direction) => {
      const packet = packetIn(frame);
      return packet && isLost(packet, direction) ? undefined : frame;
    });
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
  return onLab((lab: Lab) => {
    lab.segment().alter('guest', (frame) => {
      const ethernet = decodeEthernet(frame);
      const packet = packetIn(frame);
      if (!ethernet || packet?.destination !== from) return frame;
      const { isChecksumRight: _right, ...header } = packet;
      return encodeEthernet({ ...ethernet, payload: encodeIpv4({ ...header, destination: to }) });
    });
  });
}

/** One of so many segments, of those with at least so many bytes, has its last 50 bytes changed, and a checksum that is right for it. */
export function corruptingUnseen({ oneOf, atLeast }: { oneOf: number; atLeast: number }): GuestChange {
  return onLab((lab: Lab) => {
    let segments = 0;
    lab.segment().alter('guest', (frame) => {
      const ethernet = decodeEthernet(frame);
      const packet = packetIn(frame);
      const segment = packet?.protocol === protocols.tcp ? decodeTcp(packet.payload) : undefined;
      if (!ethernet || !packet || !segment || segment.payload.length < atLeast || ++segments % oneOf !== 0) return frame;
      const payload = segment.payload.map((byte, index) => (index < segment.payload.length - 50 ? byte : byte ^ 1));
      const { checksum: _wrong, ...rest } = { ...segment, payload };
      const { isChecksumRight: _right, ...header } = packet;
      return encodeEthernet({
        ...ethernet,
        payload: encodeIpv4({ ...header, payload: encodeTcp(rest, packet.source, packet.destination) }),
      });
    });
  });
}
