import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Machine } from '../machine.ts';
import type { KeptFolder } from './kept-folder.ts';
import { type AboutKept, type Request, receiveLine, requestSchema, sendLine } from './protocol.ts';

/** Lines of the console that whoever attaches is shown. */
const tailLines = 20;

/**
 * A machine that outlives its check, stopped until somebody attaches: one that spins would take a CPU from the checks to come, and what
 * failed stays as it was. A socket in the user's folder leads to it.
 */
export class KeptMachine implements AsyncDisposable {
  readonly about: AboutKept;
  /** Settles when the machine is gone, whoever ended it. Never rejects. */
  readonly ended: Promise<void>;
  readonly #machine: Machine;
  readonly #serial: Socket;
  readonly #server: Server;
  readonly #callers = new Set<Socket>();
  #attached: Socket | undefined;
  #isStopped = true;
  #disposal: Promise<void> | undefined;

  private constructor(machine: Machine, serial: Socket, about: AboutKept, server: Server) {
    this.about = about;
    this.#machine = machine;
    this.#serial = serial;
    this.#server = server.on('connection', (socket: Socket) => void this.#serve(socket));
    this.ended = machine.exited.then(() => this[Symbol.asyncDispose]()).catch(() => {});
  }

  /**
   * Takes the machine over; whoever drove it can't any more.
   * @throws Error where it can't be stopped, or its socket can't be made; the machine is then still the caller's to dispose.
   */
  static async keep(machine: Machine, about: AboutKept, folder: KeptFolder): Promise<KeptMachine> {
    const serial = await machine.handOver();
    await machine.qmp.execute('stop');
    const server = createServer();
    server.listen(folder.socketPath(about.id));
    await once(server, 'listening');
    return new KeptMachine(machine, serial, about, server);
  }

  /** Ends the machine, and tells whoever is connected by closing. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await this.#machine[Symbol.asyncDispose]();
    for (const socket of this.#callers) {
      socket.end().resume();
      // A caller that does not read is no reason to wait.
      socket.setTimeout(1_000, () => socket.destroy());
    }
    await closed;
  }

  async #serve(socket: Socket): Promise<void> {
    this.#callers.add(socket);
    socket.once('close', () => this.#callers.delete(socket));
    // A caller that goes away in the middle is no fault: its socket closes.
    socket.on('error', () => {});
    sendLine(socket, this.about);
    try {
      await this.#answer(socket, await receiveLine(socket, requestSchema));
    } catch {
      // It asked for nothing we know, or the guest can't go on.
      socket.destroy();
    }
  }

  async #answer(socket: Socket, request: Request): Promise<void> {
    if (request.ask === 'end') await this[Symbol.asyncDispose]();
    else if (this.#attached) {
      sendLine(socket, { refused: 'somebody else is attached to it' });
      socket.end();
    } else await this.#attach(socket, request.isTerminal);
  }

  async #attach(socket: Socket, isTerminal: boolean): Promise<void> {
    const { console } = this.#machine;
    const serial = this.#serial;
    this.#attached = socket;
    console.answersQueries = !isTerminal;
    sendLine(socket, { tail: console.tail(tailLines) });
    // Who reads slowly slows the guest down, as on a serial line, but loses nothing.
    const stopForwarding = console.onBytes((bytes) => {
      if (!socket.write(bytes)) serial.pause();
    });
    socket.on('drain', () => serial.resume());
    const goOnReading = (): unknown => socket.resume();
    socket.on('data', (bytes: Buffer) => {
      if (serial.write(bytes)) return;
      socket.pause();
      serial.once('drain', goOnReading);
    });
    socket.once('close', () => {
      stopForwarding();
      serial.off('drain', goOnReading).resume();
      console.answersQueries = true;
      this.#attached = undefined;
    });
    socket.resume();
    if (this.#isStopped) await this.#machine.qmp.execute('cont');
    this.#isStopped = false;
  }
}
