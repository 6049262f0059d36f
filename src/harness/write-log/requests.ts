import type { WriteLogHeader } from '../../parsers/write-log.ts';

/** A request of the guest's, as the log has it. A part of one is a request, too: that is how a torn write is told of. */
export type LoggedRequest = {
  /** From 0. */
  readonly index: number;
  /** Whether all that was written before was durable when this was answered. */
  readonly isFlush: boolean;
} & (
  | {
      readonly type: 'write';
      /** First byte on the disk. */
      readonly position: number;
      readonly sizeBytes: number;
      /** Where the data begins in the log, in bytes. */
      readonly dataAt: number;
      /** Whether this itself was durable when it was answered. */
      readonly isFua: boolean;
    }
  | { readonly type: 'discard'; readonly position: number; readonly sizeBytes: number }
  | { readonly type: 'flush' }
);

export type LoggedWrite = LoggedRequest & { readonly type: 'write' };

/** Undefined for a mark, which is none of the guest's. */
export function requestOf(header: WriteLogHeader, index: number, dataAt: number): LoggedRequest | undefined {
  const { type, position, sizeBytes, isFlush, isFua } = header;
  switch (type) {
    case 'write':
      return { type, index, isFlush, position, sizeBytes, dataAt, isFua };
    case 'discard':
      return { type, index, isFlush, position, sizeBytes };
    case 'flush':
      return { type, index, isFlush };
    case 'mark':
      return undefined;
  }
}

/** Of a disk whose power is cut after these requests, those that it has at the least: all before the last FLUSH, and writes with FUA behind it. */
export function durableRequests(requests: readonly LoggedRequest[]): LoggedRequest[] {
  // A write with a FLUSH makes durable what is before it, but only with FUA itself.
  const lastFlush = requests.findLastIndex(({ isFlush }) => isFlush);
  return requests.filter((request, index) => index < lastFlush || (request.type === 'write' && request.isFua));
}
