import { createReadStream } from 'node:fs';
import { Duplex } from 'node:stream';
import { BringupError } from '../../model/errors.ts';
import { type ConsoleTransport, describe } from './transport.ts';

/** A recorded log: a file's path, its bytes, or its bytes in pieces. */
export type RecordedLog = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface ReplayOptions {
  /** Size of the pieces that a file or its bytes are played in. @default 65536 */
  chunkBytes?: number;
  /** Told what is written to the console. */
  onWrite?: (bytes: Uint8Array) => void;
}

/**
 * A console that plays a recorded log and then ends. It plays as fast as it is read, one piece a turn of the event loop, so
 * that timers and other machines get theirs; what is written to it goes to `onWrite` and has no effect on the log. A file
 * that can't be read is the stream's error, a BringupError `file-not-found`.
 */
export function replayLog(log: RecordedLog, { chunkBytes = 65_536, onWrite }: ReplayOptions = {}): ConsoleTransport {
  const chunks = iteratorOf(log, chunkBytes);
  const stream = new Duplex({
    allowHalfOpen: false,
    readableHighWaterMark: chunkBytes,
    read() {
      setImmediate(() => void playNext());
    },
    write(bytes: Uint8Array, _encoding, done) {
      onWrite?.(bytes);
      done();
    },
  });
  const playNext = async (): Promise<void> => {
    try {
      const { value, done } = await chunks.next();
      stream.push(done ? null : value);
    } catch (error) {
      stream.destroy(error as Error);
    }
  };
  stream.once('close', () => void chunks.return?.());
  return describe(stream, typeof log === 'string' ? `recorded log ${log}` : 'recorded log');
}

function iteratorOf(log: RecordedLog, chunkBytes: number): Iterator<Uint8Array> | AsyncIterator<Uint8Array> {
  if (typeof log === 'string') return fileChunks(log, chunkBytes);
  if (log instanceof Uint8Array) return chunksOf(log, chunkBytes);
  return Symbol.asyncIterator in log ? log[Symbol.asyncIterator]() : log[Symbol.iterator]();
}

function* chunksOf(bytes: Uint8Array, chunkBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function* fileChunks(path: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: chunkBytes });
  } catch (error) {
    throw new BringupError('file-not-found', `the log ${path} can't be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'check the path and its permissions.',
      cause: error,
    });
  }
}
