import { ipv4Bytes, ipv4Text, macBytes, macText } from './addresses.ts';

const types = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7, inform: 8 } as const;
export type DhcpType = keyof typeof types;

/** RFC 2131, and of the options (RFC 2132) those that a lease needs. */
export interface DhcpMessage {
  readonly type: DhcpType;
  /** The client's number of the exchange. */
  readonly xid: number;
  /** The client's hardware address. */
  readonly chaddr: string;
  /** The address that the client has; 0.0.0.0 for none. */
  readonly ciaddr: string;
  /** The address that the client gets. @default 0.0.0.0 */
  readonly yiaddr?: string;
  readonly serverId?: string;
  readonly requestedIp?: string;
  readonly subnetMask?: string;
  readonly leaseS?: number;
}

const headerBytes = 236;
const cookie = Buffer.from('63825363', 'hex');
const codes = { subnetMask: 1, requestedIp: 50, leaseS: 51, type: 53, serverId: 54, end: 255 } as const;

/** As a server sends it, or, for what only a client says, as a client does. */
export function encodeDhcp(message: DhcpMessage): Buffer {
  const isReply = message.type === 'offer' || message.type === 'ack' || message.type === 'nak';
  const header = Buffer.alloc(headerBytes);
  header.set([isReply ? 2 : 1, 1, 6, 0]);
  header.writeUInt32BE(message.xid, 4);
  ipv4Bytes(message.ciaddr).copy(header, 12);
  ipv4Bytes(message.yiaddr ?? '0.0.0.0').copy(header, 16);
  macBytes(message.chaddr).copy(header, 28);
  const lease = Buffer.alloc(4);
  lease.writeUInt32BE(message.leaseS ?? 0);
  const options = [
    option(codes.type, Buffer.from([types[message.type]])),
    ...(message.serverId === undefined ? [] : [option(codes.serverId, ipv4Bytes(message.serverId))]),
    ...(message.requestedIp === undefined ? [] : [option(codes.requestedIp, ipv4Bytes(message.requestedIp))]),
    ...(message.subnetMask === undefined ? [] : [option(codes.subnetMask, ipv4Bytes(message.subnetMask))]),
    ...(message.leaseS === undefined ? [] : [option(codes.leaseS, lease)]),
  ];
  return Buffer.concat([header, cookie, ...options, Buffer.from([codes.end])]);
}

/** Undefined for what is none, or says no type. */
export function decodeDhcp(bytes: Uint8Array): DhcpMessage | undefined {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (message.length < headerBytes + 4 || message.readUInt32BE(headerBytes) !== cookie.readUInt32BE()) return undefined;
  const options = readOptions(message.subarray(headerBytes + 4));
  const type = (Object.keys(types) as DhcpType[]).find((name) => types[name] === options.get(codes.type)?.[0]);
  if (type === undefined) return undefined;
  const address = (code: number): string | undefined => {
    const value = options.get(code);
    return value?.length === 4 ? ipv4Text(value) : undefined;
  };
  const [serverId, requestedIp, subnetMask] = [address(codes.serverId), address(codes.requestedIp), address(codes.subnetMask)];
  const lease = options.get(codes.leaseS);
  return {
    type,
    xid: message.readUInt32BE(4),
    chaddr: macText(message.subarray(28, 34)),
    ciaddr: ipv4Text(message.subarray(12, 16)),
    yiaddr: ipv4Text(message.subarray(16, 20)),
    ...(serverId !== undefined && { serverId }),
    ...(requestedIp !== undefined && { requestedIp }),
    ...(subnetMask !== undefined && { subnetMask }),
    ...(lease?.length === 4 && { leaseS: lease.readUInt32BE() }),
  };
}

function option(code: number, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([code, value.length]), value]);
}

/** The last of each code; what is cut off is left out. */
function readOptions(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length && bytes[at] !== codes.end; ) {
    const length = bytes[at] === 0 ? undefined : bytes[at + 1];
    if (bytes[at] === 0) at += 1;
    else {
      if (length === undefined || at + 2 + length > bytes.length) break;
      options.set(bytes[at] as number, bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return options;
}
