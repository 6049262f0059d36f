import { checksum } from './checksum.ts';

/** RFC 792. */
export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  /** The second word: of an echo, identifier and sequence number. */
  readonly rest: number;
  readonly payload: Uint8Array;
  /** @default right */
  readonly checksum?: number;
}

export const icmpTypes = { echoReply: 0, unreachable: 3, echoRequest: 8, timeExceeded: 11 } as const;
/** Codes of `unreachable`. */
export const unreachableCodes = { protocol: 2, port: 3, fragmentationNeeded: 4 } as const;

export function encodeIcmp({ type, code, rest, payload, checksum: given }: IcmpMessage): Buffer {
  const message = Buffer.alloc(8 + payload.length);
  message[0] = type;
  message[1] = code;
  message.writeUInt32BE(rest, 4);
  message.set(payload, 8);
  message.writeUInt16BE(given ?? checksum(message), 2);
  return message;
}

export function decodeIcmp(bytes: Uint8Array): (Omit<IcmpMessage, 'checksum'> & { readonly isChecksumRight: boolean }) | undefined {
  if (bytes.length < 8) return undefined;
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    type: message[0] as number,
    code: message[1] as number,
    rest: message.readUInt32BE(4),
    payload: message.subarray(8),
    isChecksumRight: checksum(message) === 0,
  };
}
