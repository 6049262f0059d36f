/*
 * PCAP Next Generation capture files (IETF draft-ietf-opsawg-pcapng): a section, an interface a port, a block a frame.
 */

const linkTypeEthernet = 1;
/** Option codes: of every block, of an interface, of a packet. */
const codes = { end: 0, comment: 1, userApplication: 4, interfaceName: 2, timeResolution: 9, flags: 2 } as const;
/** epb_flags: the lowest two bits say which way a frame went at its interface. */
const directions = { in: 1, out: 2 } as const;

/** The block that a file begins with. */
export function sectionHeader(application: string, comment?: string): Buffer {
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32LE(0x1a2b3c4d, 0);
  fixed.writeUInt16LE(1, 4);
  // The section's length is not known before its end.
  fixed.writeBigInt64LE(-1n, 8);
  const comments = comment === undefined ? [] : [textOption(codes.comment, comment)];
  return block(0x0a0d0d0a, fixed, [textOption(codes.userApplication, application), ...comments]);
}

/** Interfaces are numbered from 0, in the order of their blocks. Times are in nanoseconds. */
export function interfaceDescription(name: string): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(linkTypeEthernet, 0);
  return block(1, fixed, [textOption(codes.interfaceName, name), option(codes.timeResolution, Buffer.from([9]))]);
}

export interface CapturedFrame {
  readonly interfaceNumber: number;
  /** Since the epoch. */
  readonly timeNs: bigint;
  /** `in`: the machine sent it; `out`: it was handed to the machine. */
  readonly direction: keyof typeof directions;
  readonly frame: Uint8Array;
  /** What the link did to it. */
  readonly comment?: string;
}

export function enhancedPacket({ interfaceNumber, timeNs, direction, frame, comment }: CapturedFrame): Buffer {
  const fixed = Buffer.alloc(20 + padded(frame.length));
  fixed.writeUInt32LE(interfaceNumber, 0);
  fixed.writeUInt32LE(Number(timeNs >> 32n), 4);
  fixed.writeUInt32LE(Number(timeNs & 0xffff_ffffn), 8);
  fixed.writeUInt32LE(frame.length, 12);
  fixed.writeUInt32LE(frame.length, 16);
  fixed.set(frame, 20);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(directions[direction]);
  return block(6, fixed, [option(codes.flags, flags), ...(comment === undefined ? [] : [textOption(codes.comment, comment)])]);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function option(code: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function textOption(code: number, text: string): Buffer {
  return option(code, Buffer.from(text));
}

function block(type: number, fixed: Uint8Array, options: readonly Buffer[]): Buffer {
  const body = Buffer.concat([fixed, ...options, option(codes.end, Buffer.alloc(0))]);
  const bytes = Buffer.alloc(12 + body.length);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  bytes.set(body, 8);
  bytes.writeUInt32LE(bytes.length, bytes.length - 4);
  return bytes;
}
