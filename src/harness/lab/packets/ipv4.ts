import { ipv4Bytes, ipv4Text } from './addresses.ts';
import { checksum } from './checksum.ts';

export const protocols = { icmp: 1, tcp: 6, udp: 17 } as const;

/** RFC 791. What is left out of an encoded one is as it should be; what is given goes out as it is, wrong or not. */
export interface Ipv4Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
  /** @default 0 */
  readonly identification?: number;
  /** @default false */
  readonly dontFragment?: boolean;
  /** @default false */
  readonly moreFragments?: boolean;
  /** In bytes, a multiple of 8. @default 0 */
  readonly fragmentOffset?: number;
  /** @default 64 */
  readonly timeToLive?: number;
  /** Options, a multiple of 4 bytes. @default none */
  readonly options?: Uint8Array;
  /** @default 4 */
  readonly version?: number;
  /** In 32-bit words. @default as long as the header is */
  readonly headerWords?: number;
  /** @default as long as the packet is */
  readonly totalLength?: number;
  /** @default right */
  readonly checksum?: number;
}

export function encodeIpv4(packet: Ipv4Packet): Buffer {
  const { options = Buffer.alloc(0), payload, fragmentOffset = 0 } = packet;
  const header = Buffer.alloc(20 + options.length);
  header[0] = ((packet.version ?? 4) << 4) | ((packet.headerWords ?? header.length / 4) & 15);
  header.writeUInt16BE(packet.totalLength ?? header.length + payload.length, 2);
  header.writeUInt16BE(packet.identification ?? 0, 4);
  header.writeUInt16BE((packet.dontFragment ? 0x4000 : 0) | (packet.moreFragments ? 0x2000 : 0) | (fragmentOffset >> 3), 6);
  header[8] = packet.timeToLive ?? 64;
  header[9] = packet.protocol;
  ipv4Bytes(packet.source).copy(header, 12);
  ipv4Bytes(packet.destination).copy(header, 16);
  header.set(options, 20);
  header.writeUInt16BE(packet.checksum ?? checksum(header), 10);
  return Buffer.concat([header, payload]);
}

export interface DecodedIpv4 extends Required<Omit<Ipv4Packet, 'checksum'>> {
  readonly isChecksumRight: boolean;
}

/** Undefined for what is too short for what it says of itself. */
export function decodeIpv4(bytes: Uint8Array): DecodedIpv4 | undefined {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (packet.length < 20) return undefined;
  const [first = 0] = packet;
  const [version, headerWords, totalLength] = [first >> 4, first & 15, packet.readUInt16BE(2)];
  const headerBytes = 4 * headerWords;
  if (version !== 4 || headerBytes < 20 || totalLength < headerBytes || totalLength > packet.length) return undefined;
  const fragment = packet.readUInt16BE(6);
  return {
    version,
    headerWords,
    totalLength,
    identification: packet.readUInt16BE(4),
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) << 3,
    timeToLive: packet[8] as number,
    protocol: packet[9] as number,
    source: ipv4Text(packet.subarray(12, 16)),
    destination: ipv4Text(packet.subarray(16, 20)),
    options: packet.subarray(20, headerBytes),
    payload: packet.subarray(headerBytes, totalLength),
    isChecksumRight: checksum(packet.subarray(0, headerBytes)) === 0,
  };
}

/** What TCP, UDP and ICMPv6 take into their checksums beside themselves (RFC 9293, 3.1). */
export function pseudoHeader(source: string, destination: string, protocol: number, length: number): Buffer {
  const tail = Buffer.alloc(4);
  tail[1] = protocol;
  tail.writeUInt16BE(length, 2);
  return Buffer.concat([ipv4Bytes(source), ipv4Bytes(destination), tail]);
}

/** Whether the checksum of a whole TCP segment or UDP datagram is right; true for what is neither, or only a part of one. */
export function isPayloadRight({ source, destination, protocol, payload, moreFragments, fragmentOffset }: DecodedIpv4): boolean {
  const isPart = moreFragments || fragmentOffset > 0;
  if (isPart || (protocol !== protocols.tcp && protocol !== protocols.udp)) return true;
  // RFC 768: the sender computed none.
  if (protocol === protocols.udp && payload[6] === 0 && payload[7] === 0) return true;
  return checksum(pseudoHeader(source, destination, protocol, payload.length), payload) === 0;
}
