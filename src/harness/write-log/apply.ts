import { read, write } from 'node:fs';
import { promisify } from 'node:util';
import { BringupError } from '../../model/errors.ts';
import type { LoggedRequest } from './requests.ts';

const readAt = promisify(read);
const writeAt = promisify(write);

/** A write of many MiB is copied in pieces. */
const pieceBytes = 2 ** 20;

/**
 * Does the writes of these requests to an image, in this order. What a discard left behind is nobody's promise: it stays.
 * @param log Descriptor of the log that has their data.
 * @param image Descriptor of the image.
 * @throws BringupError `harness-fault` where the log has less than it says.
 */
export async function applyRequests(requests: Iterable<LoggedRequest>, log: number, image: number): Promise<void> {
  const buffer = Buffer.alloc(pieceBytes);
  for (const request of requests) {
    if (request.type !== 'write') continue;
    const { position, sizeBytes, dataAt } = request;
    for (let at = 0; at < sizeBytes; at += pieceBytes) {
      const length = Math.min(pieceBytes, sizeBytes - at);
      await readWhole(log, buffer.subarray(0, length), dataAt + at);
      await writeWhole(image, buffer.subarray(0, length), position + at);
    }
  }
}

/** @throws BringupError `harness-fault` where the log ends before. */
export async function readWhole(fd: number, buffer: Buffer, position: number): Promise<void> {
  for (let done = 0; done < buffer.length; ) {
    const { bytesRead } = await readAt(fd, buffer, done, buffer.length - done, position + done);
    if (bytesRead === 0) throw new BringupError('harness-fault', `the write log ends at byte ${position + done}, within a request’s data`);
    done += bytesRead;
  }
}

async function writeWhole(fd: number, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await writeAt(fd, data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}
