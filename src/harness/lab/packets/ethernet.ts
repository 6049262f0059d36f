import { macBytes, macText } from './addresses.ts';

export const etherTypes = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;
export const broadcast = 'ff:ff:ff:ff:ff:ff';

export interface EthernetFrame {
  readonly destination: string;
  readonly source: string;
  readonly type: number;
  readonly payload: Uint8Array;
}

/** Without the check sequence, which QEMU leaves out; as short as its payload, as QEMU lets through. */
export function encodeEthernet({ destination, source, type, payload }: EthernetFrame): Buffer {
  const typeBytes = Buffer.alloc(2);
  typeBytes.writeUInt16BE(type);
  return Buffer.concat([macBytes(destination), macBytes(source), typeBytes, payload]);
}

/** Undefined for what is too short to be one. */
export function decodeEthernet(frame: Uint8Array): EthernetFrame | undefined {
  if (frame.length < 14) return undefined;
  return {
    destination: macText(frame.subarray(0, 6)),
    source: macText(frame.subarray(6, 12)),
    type: ((frame[12] as number) << 8) | (frame[13] as number),
    payload: frame.subarray(14),
  };
}
