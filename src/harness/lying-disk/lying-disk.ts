import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { BringupError } from '../../model/errors.ts';
import { withoutFolders } from '../host-paths.ts';
import { ByteReader } from './byte-reader.ts';
import { distort, type Lies, survives } from './lies.ts';
import { commands, errors, fuaFlag, maxRequestBytes, type NbdRequest, negotiate, nextRequest, reply } from './nbd-protocol.ts';
import { VolatileFile } from './volatile-file.ts';

export interface LyingDiskOptions {
  /** A raw file, which is the disk's content. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly lies: Lies;
}

/** A disk that does not keep what it promises: an NBD server in this process, for one QEMU. When that is gone, the file has what a power cut leaves. */
export class LyingDisk implements Disposable {
  /** Of its socket, which is abstract: no file (unix(7)). */
  readonly name = `bringup-${randomUUID()}`;
  /** Resolves when QEMU is gone and the file is what it stays. @throws BringupError `harness-fault` where the host could not read or write it. */
  readonly atRest: Promise<void>;
  readonly #server: Server;
  readonly #file: VolatileFile;
  readonly #fd: number;
  readonly #options: LyingDiskOptions;
  readonly #isAtRest = Promise.withResolvers<void>();
  #requests = 0;
  #hostError: BringupError | undefined;
  #isServing = false;

  private constructor(options: LyingDiskOptions, fd: number) {
    this.#options = options;
    this.#file = new VolatileFile(fd);
    this.atRest = this.#isAtRest.promise;
    this.#fd = fd;
    this.#server = createServer((socket) => void this.#serve(socket));
    this.#server.maxConnections = 1;
    // Whoever asks learns of it; nobody need.
    this.atRest.catch(() => {});
  }

  /** Listens. */
  static async start(options: LyingDiskOptions): Promise<LyingDisk> {
    const disk = new LyingDisk(options, openSync(options.path, 'r+'));
    await new Promise<void>((resolve, reject) => disk.#server.once('error', reject).listen(`\0${disk.name}`, resolve));
    // A QEMU that nobody disposes must not keep this process alive.
    disk.#server.unref();
    return disk;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    if (!this.#isServing) this.#rest();
    this.#isServing = true;
  }

  #rest(): void {
    this.#server.close();
    closeSync(this.#fd);
    if (this.#hostError === undefined) this.#isAtRest.resolve();
    else this.#isAtRest.reject(this.#hostError);
  }

  /** What the host could not do is no fault of the guest's. */
  #noteHostError(cause: unknown): void {
    this.#hostError ??= new BringupError('harness-fault', `the lying disk’s file failed: ${withoutFolders((cause as Error).message)}`, {
      hint: 'is the disk full?',
      cause,
    });
  }

  async #serve(socket: Socket): Promise<void> {
    this.#isServing = true;
    socket.unref().on('error', () => {});
    try {
      const reader = new ByteReader(socket);
      const send = (bytes: Buffer): void => void (socket.writable && socket.write(bytes));
      if (!(await negotiate(reader, send, this.#options.sizeBytes))) return;
      for (let request = await nextRequest(reader); request !== undefined; request = await nextRequest(reader)) {
        if (request.type === commands.disconnect || (isTransfer(request) && request.length > maxRequestBytes)) break;
        const data = request.type === commands.write ? await reader.take(request.length) : undefined;
        if (request.type === commands.write && data === undefined) break;
        send(await this.#answer(request, data));
      }
    } catch {
      // A reset is an end, too.
    } finally {
      socket.destroy();
      await this.#file
        .cutPower((number) => survives(this.#options.lies, number))
        .catch((error: unknown) => this.#noteHostError(error))
        .then(() => this.#rest());
    }
  }

  async #answer({ type, flags, handle, position, length }: NbdRequest, data: Buffer = Buffer.alloc(0)): Promise<Buffer> {
    const number = this.#requests++;
    if (position + length > this.#options.sizeBytes) return reply(handle, type === commands.write ? errors.noSpace : errors.invalid);
    try {
      switch (type) {
        case commands.read:
          return reply(handle, 0, await this.#file.read(position, length));
        case commands.write:
          await this.#write(number, position, data, (flags & fuaFlag) !== 0);
          return reply(handle, 0);
        case commands.flush:
          if (!this.#options.lies.ignoresFlushes) this.#file.flush();
          return reply(handle, 0);
        case commands.trim:
          return reply(handle, 0);
        default:
          return reply(handle, errors.invalid);
      }
    } catch (error) {
      this.#noteHostError(error);
      return reply(handle, errors.io);
    }
  }

  async #write(number: number, position: number, data: Buffer, isDurable: boolean): Promise<void> {
    const { lies } = this.#options;
    const written = distort(lies, number, position, data);
    if (written === undefined) return;
    await this.#file.write(number, position, written);
    if (isDurable && !lies.ignoresFlushes) this.#file.flushOne(number);
  }
}

/** A request with data, in it or in its answer. */
function isTransfer({ type }: NbdRequest): boolean {
  return type === commands.read || type === commands.write;
}
