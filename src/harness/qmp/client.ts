import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { BringupError } from '../../model/errors.ts';
import { afterReading } from '../after-reading.ts';
import { log } from '../log.ts';
import { bounded } from '../wait.ts';
import { eventSchema, greetingSchema, type QmpEvent, replySchema } from './messages.ts';

export interface QmpWait {
  /** Host time to wait, in milliseconds. @default 5000 */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** QEMU answered a command with an error. */
export class QmpCommandError extends BringupError {
  readonly command: string;
  /** QEMU's error class, `GenericError` mostly. */
  readonly qmpClass: string;

  constructor(command: string, qmpClass: string, description: string) {
    super('qmp-command-failed', `QMP command ${command} failed: ${description} (${qmpClass})`);
    this.command = command;
    this.qmpClass = qmpClass;
  }
}

interface Pending {
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const defaultTimeoutMs = 5_000;
/** QEMU's longest replies are some 100 KiB; more without a line end is not QMP. */
const lineLimitChars = 16 * 1024 * 1024;

/** A client of the QEMU Machine Protocol over any byte stream. Replies are matched by id, events may come in between. */
export class QmpClient implements AsyncDisposable {
  /** QEMU's version, e.g. `7.2.19`. */
  readonly version: string;
  readonly #stream: Duplex;
  readonly #pending: Map<number, Pending>;
  readonly #listeners: Set<(event: QmpEvent) => void>;
  readonly #state: { closedBy: BringupError | undefined };
  readonly #closed: Promise<never>;
  #nextId = 1;

  private constructor(session: Session, version: string) {
    this.version = version;
    this.#stream = session.stream;
    this.#pending = session.pending;
    this.#listeners = session.listeners;
    this.#state = session.state;
    this.#closed = session.closed;
  }

  /**
   * Waits for the greeting and leaves negotiation mode. `onEvent` misses no event, not even one that comes before this
   * resolves.
   * @throws BringupError `qmp-timeout`, `qmp-protocol`, `aborted`.
   */
  static async connect(stream: Duplex, options: QmpWait & { onEvent?: (event: QmpEvent) => void } = {}): Promise<QmpClient> {
    const session = openSession(stream);
    if (options.onEvent) session.listeners.add(options.onEvent);
    const greeting = await answered(session.greeting, 'greeting', options);
    const parsed = greetingSchema.safeParse(greeting);
    if (!parsed.success) throw protocolError(`expected QMP's greeting, got ${quote(greeting)}`);
    const { major, minor, micro } = parsed.data.QMP.version.qemu;
    const client = new QmpClient(session, `${major}.${minor}.${micro}`);
    await client.execute('qmp_capabilities', {}, options);
    return client;
  }

  /**
   * Runs a command and gives what it returns.
   * @throws QmpCommandError when QEMU refuses; BringupError `qmp-timeout`, `qmp-protocol` when the connection is gone, `aborted`.
   */
  async execute(command: string, args: Record<string, unknown> = {}, options: QmpWait = {}): Promise<unknown> {
    await afterReading();
    if (this.#state.closedBy) throw this.#state.closedBy;
    const id = this.#nextId++;
    const reply = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { command, resolve, reject }));
    log.trace({ command, args, id }, 'QMP command');
    this.#stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return await answered(reply, command, options);
    } finally {
      this.#pending.delete(id);
    }
  }

  /** Calls the listener for each event from now on; the returned function ends that. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Rejects when the connection is gone, with the reason. */
  get closed(): Promise<never> {
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.destroy();
  }
}

interface Session {
  readonly stream: Duplex;
  readonly greeting: Promise<unknown>;
  readonly pending: Map<number, Pending>;
  readonly listeners: Set<(event: QmpEvent) => void>;
  readonly state: { closedBy: BringupError | undefined };
  readonly closed: Promise<never>;
}

function openSession(stream: Duplex): Session {
  const pending = new Map<number, Pending>();
  const listeners = new Set<(event: QmpEvent) => void>();
  const state: Session['state'] = { closedBy: undefined };
  const greeting = Promise.withResolvers<unknown>();
  greeting.promise.catch(() => {});
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {});
  let greeted = false;
  const fail = (error: BringupError): void => {
    state.closedBy ??= error;
    closed.reject(error);
    greeting.reject(error);
    for (const waiting of pending.values()) waiting.reject(error);
    pending.clear();
  };
  const take = (message: unknown): void => {
    log.trace({ message }, 'QMP message');
    if (!greeted) {
      greeted = true;
      greeting.resolve(message);
      return;
    }
    const event = eventSchema.safeParse(message);
    if (event.success) {
      for (const listener of listeners) listener(event.data);
      return;
    }
    const reply = replySchema.safeParse(message);
    if (!reply.success) {
      fail(protocolError(`expected a reply or an event, got ${quote(message)}`));
      return;
    }
    // An error without an id answers a command that QEMU couldn't parse: the oldest one open.
    const id = reply.data.id ?? pending.keys().next().value;
    const waiting = id === undefined ? undefined : pending.get(id);
    // Nobody waits for the reply of a command that timed out.
    if (!waiting) return;
    if ('error' in reply.data) waiting.reject(new QmpCommandError(waiting.command, reply.data.error.class, reply.data.error.desc));
    else waiting.resolve(reply.data.return);
  };
  readLines(stream, take, fail);
  return { stream, greeting: greeting.promise, pending, listeners, state, closed: closed.promise };
}

/** Lines of JSON, in time linear in what comes. After a failure what comes is read on, since QEMU waits for nobody, but not kept. */
function readLines(stream: Duplex, take: (message: unknown) => void, fail: (error: BringupError) => void): void {
  let pieces: string[] = [];
  let length = 0;
  let isBroken = false;
  const breakOff = (what: string): void => {
    isBroken = true;
    pieces = [];
    fail(protocolError(what));
  };
  const takeLine = (line: string): void => {
    if (line.trim() === '') return;
    const message = parseJson(line);
    if (message === undefined) breakOff(`expected a line of JSON, got ${JSON.stringify(line.slice(0, 200))}`);
    else take(message.value);
  };
  // Not by setEncoding: a stream may stall on a chunk that holds but a part of a character.
  const decoder = new StringDecoder('utf8');
  stream.on('data', (chunk: Buffer) => {
    const text = decoder.write(chunk);
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1 && !isBroken; end = text.indexOf('\n', from)) {
      const line = [...pieces, text.slice(from, end)].join('');
      pieces = [];
      length = 0;
      from = end + 1;
      takeLine(line);
    }
    if (isBroken) return;
    pieces.push(text.slice(from));
    length += text.length - from;
    if (length > lineLimitChars) breakOff(`a line of over ${lineLimitChars} characters`);
  });
  stream.once('error', (error) => fail(protocolError(`connection failed: ${error.message}`)));
  stream.once('close', () => fail(protocolError('QEMU closed the connection')));
}

function parseJson(line: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
}

/** The start of a message, whatever it is. */
function quote(message: unknown): string {
  try {
    return JSON.stringify(message).slice(0, 200);
  } catch {
    // What JSON.parse reads may be deeper than JSON.stringify has a stack for.
    return 'what is nested too deeply to be QMP';
  }
}

function protocolError(what: string): BringupError {
  return new BringupError('qmp-protocol', `QMP: ${what}`);
}

function answered<T>(promise: Promise<T>, what: string, { timeoutMs = defaultTimeoutMs, signal }: QmpWait): Promise<T> {
  return bounded(promise, `QMP: ${what}`, { timeoutMs, signal }, () => {
    const hint = 'QEMU itself is stuck or stopped: look at the host.';
    return new BringupError('qmp-timeout', `QMP: no answer to ${what} within ${timeoutMs} ms`, { hint });
  });
}
