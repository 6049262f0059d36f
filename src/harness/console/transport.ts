import { connect, type NetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { BringupError } from '../../model/errors.ts';
import { abortError, type WaitOptions } from '../wait.ts';

/** A byte channel to a guest, with words for what it is, e.g. `unix socket console.sock`. */
export type ConsoleTransport = Duplex & { readonly description: string };

/** A channel that this process already holds: its end of a socket pair that QEMU inherited. */
export function inheritedSocket(stream: Duplex): ConsoleTransport {
  return describe(stream, 'inherited socket');
}

/**
 * Connects to a console on a Unix socket (`-chardev socket,path=...,server=on`).
 * @throws BringupError `file-not-found` (no socket there), `console-closed` (nobody listens, or no answer in time), `aborted`.
 */
export function connectUnixSocket(path: string, options: WaitOptions): Promise<ConsoleTransport> {
  return open({ path }, `unix socket ${path}`, options);
}

/**
 * Connects to a console on a TCP port (`-serial tcp:...,server=on`, a terminal server).
 * @throws BringupError `console-closed` (nobody listens, no such host, or no answer in time), `aborted`.
 */
export function connectTcp(address: { host: string; port: number }, options: WaitOptions): Promise<ConsoleTransport> {
  return open({ ...address, noDelay: true }, `TCP port ${address.host}:${address.port}`, options);
}

export function describe(stream: Duplex, description: string): ConsoleTransport {
  return Object.assign(stream, { description });
}

function open(address: NetConnectOpts, description: string, { timeoutMs, signal }: WaitOptions): Promise<ConsoleTransport> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortError(signal, `connecting to ${description}`));
    const socket = connect(address);
    const fail = (error: BringupError): void => {
      release();
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(closed(`${description} did not answer within ${timeoutMs} ms`)), timeoutMs);
    const onAbort = (): void => fail(abortError(signal as AbortSignal, `connecting to ${description}`));
    const onError = (error: NodeJS.ErrnoException): void => fail(connectError(error, description));
    const release = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      // The error listener stays until another takes over: a socket's error without one ends the process.
    };
    socket.once('error', onError);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => {
      release();
      resolve(describe(socket, description));
    });
  });
}

function connectError(error: NodeJS.ErrnoException, description: string): BringupError {
  switch (error.code) {
    case 'ENOENT':
      return new BringupError('file-not-found', `there is no ${description}`, {
        hint: 'check the path, and that the machine was started (server=on,wait=off makes the socket at once).',
        cause: error,
      });
    case 'ECONNREFUSED':
      return closed(`nobody listens on ${description}`, error);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return closed(`the host name of ${description} is not known`, error);
    default:
      return closed(`${description} can't be opened (${error.code ?? error.message})`, error);
  }
}

function closed(shortMessage: string, cause?: Error): BringupError {
  return new BringupError('console-closed', shortMessage, { hint: 'is the machine running, and its console on this address?', cause });
}
