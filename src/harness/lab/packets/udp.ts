import { checksum } from './checksum.ts';
import { protocols, pseudoHeader } from './ipv4.ts';

/** RFC 768. What is left out of an encoded one is as it should be. */
export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
  /** @default as long as the datagram is */
  readonly length?: number;
  /** 0 for none. @default right */
  readonly checksum?: number;
}

/** For these IPv4 addresses, which are part of the checksum. */
export function encodeUdp(datagram: UdpDatagram, source: string, destination: string): Buffer {
  const bytes = Buffer.alloc(8 + datagram.payload.length);
  bytes.writeUInt16BE(datagram.sourcePort, 0);
  bytes.writeUInt16BE(datagram.destinationPort, 2);
  bytes.writeUInt16BE(datagram.length ?? bytes.length, 4);
  bytes.set(datagram.payload, 8);
  // 0 says that there is none: a checksum that comes to 0 is sent as its other form.
  const right = checksum(pseudoHeader(source, destination, protocols.udp, bytes.length), bytes) || 0xffff;
  bytes.writeUInt16BE(datagram.checksum ?? right, 6);
  return bytes;
}

export function decodeUdp(bytes: Uint8Array): Required<UdpDatagram> | undefined {
  const datagram = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (datagram.length < 8) return undefined;
  const length = datagram.readUInt16BE(4);
  if (length < 8 || length > datagram.length) return undefined;
  return {
    sourcePort: datagram.readUInt16BE(0),
    destinationPort: datagram.readUInt16BE(2),
    length,
    checksum: datagram.readUInt16BE(6),
    payload: datagram.subarray(8, length),
  };
}
