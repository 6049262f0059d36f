import type { DecodedIpv4, Ipv4Packet } from './ipv4.ts';

/** Cuts a packet into fragments, each of at most so many bytes of payload, a multiple of 8 (RFC 791, 3.2). */
export function fragmentsOf(packet: Ipv4Packet, payloadBytes: number): Ipv4Packet[] {
  const { payload } = packet;
  return Array.from({ length: Math.ceil(payload.length / payloadBytes) }, (_, index) => {
    const fragmentOffset = index * payloadBytes;
    const end = fragmentOffset + payloadBytes;
    return { ...packet, payload: payload.subarray(fragmentOffset, end), fragmentOffset, moreFragments: end < payload.length };
  });
}

/** The payload that fragments of one packet carry, in any order; undefined while one is missing. */
export function reassembled(fragments: readonly DecodedIpv4[]): Buffer | undefined {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const { fragmentOffset, payload, moreFragments } of fragments.toSorted((one, other) => one.fragmentOffset - other.fragmentOffset)) {
    if (fragmentOffset !== at) return undefined;
    pieces.push(payload);
    at += payload.length;
    if (!moreFragments) return Buffer.concat(pieces);
  }
  return undefined;
}
