import type { ByteReader } from './byte-reader.ts';

/** (NBD's doc/proto.md; big-endian) */
const magics = { server: 0x4e42444d41474943n, option: 0x49484156454f5054n, optionReply: 0x3e889045565a9n } as const;
const requestMagic = 0x25609513;
const replyMagic = 0x67446698;

const handshakeFlags = { fixedNewstyle: 1, noZeroes: 2 } as const;
const options = { abort: 2, go: 7 } as const;
const optionReplies = { ack: 1, info: 3, unsupported: 0x80000001 } as const;
const exportInfo = 0;
const transmissionFlags = { hasFlags: 1, flush: 4, fua: 8, trim: 32 } as const;

export const commands = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4 } as const;
export const fuaFlag = 1;
export const errors = { io: 5, invalid: 22, noSpace: 28 } as const;

/** No client names an export that long. */
const maxOptionBytes = 4096;
/** The protocol's own default for the longest request. */
export const maxRequestBytes = 32 * 2 ** 20;

export interface NbdRequest {
  readonly flags: number;
  readonly type: number;
  readonly handle: bigint;
  readonly position: number;
  readonly length: number;
}

/** Offers one export without a name, by the fixed newstyle handshake. False where the client goes away, or speaks something else. */
export async function negotiate(reader: ByteReader, send: (bytes: Buffer) => void, sizeBytes: number): Promise<boolean> {
  const greeting = Buffer.alloc(18);
  greeting.writeBigUInt64BE(magics.server, 0);
  greeting.writeBigUInt64BE(magics.option, 8);
  greeting.writeUInt16BE(handshakeFlags.fixedNewstyle | handshakeFlags.noZeroes, 16);
  send(greeting);
  if ((await reader.take(4)) === undefined) return false;
  for (;;) {
    const head = await reader.take(16);
    if (head === undefined || head.readBigUInt64BE(0) !== magics.option) return false;
    const option = head.readUInt32BE(8);
    const length = head.readUInt32BE(12);
    if (length > maxOptionBytes || (await reader.take(length)) === undefined) return false;
    switch (option) {
      case options.go:
        send(optionReply(option, optionReplies.info, exportDescription(sizeBytes)));
        send(optionReply(option, optionReplies.ack));
        return true;
      case options.abort:
        send(optionReply(option, optionReplies.ack));
        return false;
      default:
        send(optionReply(option, optionReplies.unsupported));
    }
  }
}

function optionReply(option: number, type: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(20);
  head.writeBigUInt64BE(magics.optionReply, 0);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(type, 12);
  head.writeUInt32BE(data.length, 16);
  return Buffer.concat([head, data]);
}

function exportDescription(sizeBytes: number): Buffer {
  const { hasFlags, flush, fua, trim } = transmissionFlags;
  const info = Buffer.alloc(12);
  info.writeUInt16BE(exportInfo, 0);
  info.writeBigUInt64BE(BigInt(sizeBytes), 2);
  info.writeUInt16BE(hasFlags | flush | fua | trim, 10);
  return info;
}

/** The next request; undefined where the client went away, or speaks something else. */
export async function nextRequest(reader: ByteReader): Promise<NbdRequest | undefined> {
  const head = await reader.take(28);
  if (head === undefined || head.readUInt32BE(0) !== requestMagic) return undefined;
  return {
    flags: head.readUInt16BE(4),
    type: head.readUInt16BE(6),
    handle: head.readBigUInt64BE(8),
    position: Number(head.readBigUInt64BE(16)),
    length: head.readUInt32BE(24),
  };
}

/** `error`: 0 for none. */
export function reply(handle: bigint, error: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(replyMagic, 0);
  head.writeUInt32BE(error, 4);
  head.writeBigUInt64BE(handle, 8);
  return data.length === 0 ? head : Buffer.concat([head, data]);
}
