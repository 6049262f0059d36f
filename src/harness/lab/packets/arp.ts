import { ipv4Bytes, ipv4Text, macBytes, macText } from './addresses.ts';

/** RFC 826, of IPv4 over Ethernet. */
export interface ArpPacket {
  readonly operation: 'request' | 'reply';
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac: string;
  readonly targetIp: string;
}

const operations = { request: 1, reply: 2 } as const;
const header = Buffer.from([0, 1, 8, 0, 6, 4]);

export function encodeArp({ operation, senderMac, senderIp, targetMac, targetIp }: ArpPacket): Buffer {
  const code = Buffer.from([0, operations[operation]]);
  return Buffer.concat([header, code, macBytes(senderMac), ipv4Bytes(senderIp), macBytes(targetMac), ipv4Bytes(targetIp)]);
}

/** Undefined for what is none of the two. */
export function decodeArp(packet: Uint8Array): ArpPacket | undefined {
  if (packet.length < 28 || Buffer.compare(header, packet.subarray(0, 6)) !== 0 || packet[6] !== 0) return undefined;
  const operation = (['request', 'reply'] as const).find((name) => operations[name] === packet[7]);
  if (operation === undefined) return undefined;
  return {
    operation,
    senderMac: macText(packet.subarray(8, 14)),
    senderIp: ipv4Text(packet.subarray(14, 18)),
    targetMac: macText(packet.subarray(18, 24)),
    targetIp: ipv4Text(packet.subarray(24, 28)),
  };
}
