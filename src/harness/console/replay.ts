import { createReadStream } from 'node:fs';
import { Duplex } from 'node:stream';
import { BringupError } from '../../model/errors.ts';
import { type ConsoleTransport, describe } from './transport.ts';

export interface ReplayOptions {
  /** Size of the pieces that the log is played in. @default 65536 */
  chunkBytes?: number;
  /** Told what is written to the console. */
  onWrite?: (bytes: Uint8Array) => void;
}

/**
 * A console that plays a recorded log (a file's path, or its bytes) and then ends. It plays as fast as it is read; what
 * is written to it goes to `onWrite` and has no effect on the log. A file that can't be read is the stream's error,
 * a BringupError `file-not-found`.
 */
export function replayLog(log: string | Uint8Array, { chunkBytes = 65_536, onWrite }: ReplayOptions = {}): ConsoleTransport {
  const chunks = typeof log === 'string' ? fileChunks(log, chunkBytes) : chunksOf(log, chunkBytes);
  const stream = new Duplex({
    allowHalfOpen: false,
    readableHighWaterMark: chunkBytes,
    read() {
      playNext();
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
  stream.once('close', () => chunks.return?.(undefined));
  return describe(stream, typeof log === 'string' ? `recorded log ${log}` : 'recorded log');
}

function* chunksOf(bytes: Uint8Array, chunkBytes: number): Generator<Uint8Array, undefined> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function* fileChunks(path: string, chunkBytes: number): AsyncGenerator<Uint8Array, undefined> {
  try {
    yield* createReadStream(path, { highWaterMark: chunkBytes });
  } catch (error) {
    throw new BringupError('file-not-found', `the log ${path} can't be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'check the path and its permissions.',
      cause: error,
    });
  }
}
