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

const damagedOneOf = 500;

/** One segment in 500 has another byte, and a checksum that is right for it: what only a hash of the whole finds. */
export const corruptingUnseen: GuestChange = onLab((lab: Lab) => {
  let segments = 0;
  lab.segment().alter('guest', (frame) => {
    const ethernet = decodeEthernet(frame);
    const packet = packetIn(frame);
    const segment = packet?.protocol === protocols.tcp ? decodeTcp(packet.payload) : undefined;
    if (!ethernet || !packet || !segment || segment.payload.length < 1_000 || ++segments % damagedOneOf !== 0) return frame;
    const payload = Uint8Array.from(segment.payload);
    payload[500] = (payload[500] as number) ^ 0xff;
    const { checksum: _wrong, ...rest } = { ...segment, payload };
    const { isChecksumRight: _right, ...header } = packet;
    return encodeEthernet({ ...ethernet, payload: encodeIpv4({ ...header, payload: encodeTcp(rest, packet.source, packet.destination) }) });
  });
});
