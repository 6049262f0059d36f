import { checksum } from './checksum.ts';
import { protocols, pseudoHeader } from './ipv4.ts';

const flagBits = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;
export type TcpFlag = keyof typeof flagBits;

/** RFC 9293. What is left out of an encoded one is as it should be. */
export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: readonly TcpFlag[];
  /** In bytes, as it stands in the header. */
  readonly window: number;
  readonly payload: Uint8Array;
  /** A multiple of 4 bytes. @default none */
  readonly options?: Uint8Array;
  /** In 32-bit words. @default as long as the header is */
  readonly headerWords?: number;
  /** @default right */
  readonly checksum?: number;
}

/** For these IPv4 addresses, which are part of the checksum. */
export function encodeTcp(segment: TcpSegment, source: string, destination: string): Buffer {
  const { options = Buffer.alloc(0), payload } = segment;
  const bytes = Buffer.alloc(20 + options.length + payload.length);
  bytes.writeUInt16BE(segment.sourcePort, 0);
  bytes.writeUInt16BE(segment.destinationPort, 2);
  bytes.writeUInt32BE(segment.sequence >>> 0, 4);
  bytes.writeUInt32BE(segment.acknowledgement >>> 0, 8);
  bytes[12] = ((segment.headerWords ?? 5 + options.length / 4) & 15) << 4;
  bytes[13] = segment.flags.reduce((bits, flag) => bits | flagBits[flag], 0);
  bytes.writeUInt16BE(segment.window, 14);
  bytes.set(options, 20);
  bytes.set(payload, 20 + options.length);
  bytes.writeUInt16BE(segment.checksum ?? checksum(pseudoHeader(source, destination, protocols.tcp, bytes.length), bytes), 16);
  return bytes;
}

export function decodeTcp(bytes: Uint8Array): Required<TcpSegment> | undefined {
  const segment = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (segment.length < 20) return undefined;
  const headerWords = (segment[12] as number) >> 4;
  if (headerWords < 5 || 4 * headerWords > segment.length) return undefined;
  const bits = segment[13] as number;
  return {
    sourcePort: segment.readUInt16BE(0),
    destinationPort: segment.readUInt16BE(2),
    sequence: segment.readUInt32BE(4),
    acknowledgement: segment.readUInt32BE(8),
    flags: (Object.keys(flagBits) as TcpFlag[]).filter((flag) => (bits & flagBits[flag]) !== 0),
    window: segment.readUInt16BE(14),
    headerWords,
    checksum: segment.readUInt16BE(16),
    options: segment.subarray(20, 4 * headerWords),
    payload: segment.subarray(4 * headerWords),
  };
}
