import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BringupError } from '../../model/errors.ts';
import type { KernelProfile } from '../../model/profile.ts';
import type { Console } from '../console/console.ts';
import { bounded } from '../wait.ts';
import { Exchange } from './exchange.ts';
import { commandLines, newSession, type OutputMode, readyCommand, repeatLine, type Session, setupLines } from './posix.ts';

export interface RunOptions {
  /** Host time the command may take, in milliseconds. @default the profile's `timeouts.commandMs` */
  timeoutMs?: number;
  signal?: AbortSignal;
  /**
   * Gather stdout and stderr in a file of the guest and send them checked, byte for byte, instead of reading them off
   * the console. The command's stdout is then no terminal. @default false
   */
  captured?: boolean;
}

/** What a command came to. */
export interface CommandResult {
  /** What it printed, without the last line end. */
  readonly output: string;
  readonly exitStatus: number;
  /** Host time from the command's start to its report, in milliseconds. */
  readonly durationMs: number;
  /** Kernel messages that were taken out of the output. */
  readonly kernelLog: readonly string[];
}

export interface CapturedResult extends CommandResult {
  /** Exactly what it printed. */
  readonly bytes: Uint8Array;
}

/** One finished or failed command, for the record. */
export interface CommandStep {
  readonly command: string;
  readonly durationMs: number;
  readonly fromByte: number;
  readonly toByte: number;
  readonly result: CommandResult | undefined;
}

export interface ShellOptions {
  readonly console: Console;
  readonly profile: KernelProfile;
  /** Aborts when the machine ended; its reason is what waits reject with. */
  readonly fate: AbortSignal;
  /** Explains a wait that ran out, with what is known of the guest. */
  readonly explain: (error: BringupError) => Promise<BringupError>;
  readonly onStep?: (step: CommandStep) => void;
}

/** A shell that reads at all reads a line in this time, printk storms and a loaded host included. */
const acknowledgeMs = 10_000;
/** How often a line that arrived damaged is typed again. */
const typingTries = 4;
/** How often captured output that arrived damaged is asked for again. */
const sendingTries = 8;
/** Console silence after which a prompt in the middle of a command is looked into. */
const promptSilenceMs = 1_000;

const interrupts = [
  { bytes: '\x03', name: 'Ctrl-C' },
  { bytes: '\x03', name: 'Ctrl-C again' },
  { bytes: '\x1c', name: 'Ctrl-\\' },
] as const;

/**
 * Framed commands in the guest's one interactive shell. State (variables, directory, jobs, `$?`) carries over from one
 * command to the next; commands run one at a time, in the order asked for.
 */
export class Shell {
  readonly #options: ShellOptions;
  #session: Session = newSession();
  #nextSequence = 1;
  #queue: Promise<unknown> = Promise.resolve();
  #broken: BringupError | undefined;
  /** Set up with the first command, so that a machine whose shell nobody uses is left alone. */
  #isSetUp = false;

  constructor(options: ShellOptions) {
    this.#options = options;
  }

  /** Set when a command could not be stopped: the machine is of no more use. */
  get broken(): BringupError | undefined {
    return this.#broken;
  }

  /**
   * Runs a command as if it had been typed, and waits until it ended. Its stdout is the terminal, unless `captured`.
   *
   * Read off the terminal, output can't be told from what other programs write there meanwhile, and lines that look
   * like kernel messages are taken out (`kernelLog` has them); `captured` output is exact.
   * @throws BringupError `command-timeout` (the command was stopped, the shell is usable), `machine-broken` (it could not be
   * stopped), `shell-lost` (the shell ended or another one answers), `shell-protocol`, `aborted`, or the machine's end.
   */
  run(command: string, options: RunOptions & { captured: true }): Promise<CapturedResult>;
  run(command: string, options?: RunOptions): Promise<CommandResult>;
  run(command: string, options: RunOptions = {}): Promise<CommandResult | CapturedResult> {
    const turn = this.#queue.then(() => this.#runNow(command, options));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #runNow(command: string, options: RunOptions): Promise<CommandResult | CapturedResult> {
    if (this.#broken) throw this.#broken;
    if (command.includes('\0')) {
      throw new BringupError('usage', 'a shell command can’t contain a NUL byte', { hint: 'write the bytes from within the guest, e.g. with printf.' });
    }
    const { console, onStep } = this.#options;
    const fromByte = console.bytesReceived;
    const startedAt = performance.now();
    let result: CommandResult | undefined;
    try {
      if (!this.#isSetUp) await this.#setUp(options.signal);
      result = await this.#exchange(command, options, startedAt);
      return result;
    } finally {
      console.skip();
      onStep?.({ command, durationMs: performance.now() - startedAt, fromByte, toByte: console.bytesReceived, result });
    }
  }

  async #exchange(command: string, options: RunOptions, startedAt: number): Promise<CommandResult | CapturedResult> {
    const { profile } = this.#options;
    const { timeoutMs = profile.timeouts.commandMs, signal, captured = false } = options;
    const mode: OutputMode = captured ? 'captured' : 'tty';
    const exchange = await this.#start(command, mode, signal);
    const done = (): boolean => exchange.exitStatus !== undefined && (!captured || exchange.sent !== undefined);
    try {
      await this.#await(exchange, done, timeoutMs, signal, () => timedOut(command, timeoutMs));
    } catch (error) {
      if (error instanceof BringupError && error.code === 'command-timeout') throw await this.#recover(error);
      if (signal?.aborted) await this.#recover(error as BringupError);
      throw error;
    } finally {
      this.#stopListening?.();
    }
    const durationMs = performance.now() - startedAt;
    if (!exchange.begun && !captured) throw this.#protocolError('the command’s begin was damaged beyond reading');
    const common = { exitStatus: exchange.exitStatus as number, durationMs, kernelLog: exchange.kernelLog };
    if (!captured) return { output: exchange.output, ...common };
    const bytes = await this.#receive(exchange, signal);
    const text = bytes.toString('utf8');
    return { output: text.endsWith('\n') ? text.slice(0, -1) : text, ...common, bytes };
  }

  #stopListening: (() => void) | undefined;

  #listen(sequence: number): Exchange {
    this.#stopListening?.();
    const exchange = new Exchange(this.#session.nonce, sequence);
    this.#stopListening = this.#options.console.onLine((line) => exchange.push(line));
    return exchange;
  }

  /** Types the command until the shell says that it begins. */
  async #start(command: string, mode: OutputMode, signal: AbortSignal | undefined): Promise<Exchange> {
    const { maxLineBytes } = this.#options.profile.console;
    for (let attempt = 1; attempt <= typingTries; attempt++) {
      const sequence = this.#nextSequence++;
      const exchange = this.#listen(sequence);
      const lines = commandLines(this.#session, sequence, command, mode, maxLineBytes);
      const last = lines.pop() as string;
      const partsArrived = await this.#typeParts(exchange, lines, signal);
      if (partsArrived) {
        await this.#type(last, signal);
        const answered = (): boolean => exchange.begun || exchange.exitStatus !== undefined || exchange.refusedLengthChars !== undefined;
        if (await this.#inTime(exchange, answered, acknowledgeMs, signal)) {
          if (exchange.refusedLengthChars === undefined) return exchange;
          continue;
        }
      }
      // Nothing began: the shell may be another one by now, or stuck in what arrived damaged.
      await this.#interruptUntilReady(signal);
      await this.#setUp(signal);
    }
    throw this.#protocolError(`the command did not arrive whole in ${typingTries} tries`);
  }

  async #typeParts(exchange: Exchange, lines: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
    for (const [index, line] of lines.entries()) {
      await this.#type(line, signal);
      const expected = exchange.sequence * 1000 + index;
      if (!(await this.#inTime(exchange, () => exchange.ready === expected, acknowledgeMs, signal))) return false;
    }
    return true;
  }

  #type(line: string, signal?: AbortSignal): Promise<void> {
    return this.#options.console.send(`${line}\n`, signal ? { signal } : {});
  }

  /** Gives the captured bytes once they match their checksum, asking again for what came damaged. */
  async #receive(exchange: Exchange, signal: AbortSignal | undefined): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      const { sent } = exchange;
      if (sent?.sha256 === '') {
        throw new BringupError('shell-protocol', 'captured output could not be written to a file in the guest', {
          hint: 'captured commands need a writable /tmp and the applets sha256sum and base64 in the guest.',
          consoleTail: this.#options.console.tail(),
        });
      }
      if (sent) {
        const bytes = Buffer.concat(Array.from({ length: sent.lines }, (_, index) => Buffer.from(exchange.data.get(index + 1) ?? '', 'base64')));
        if (createHash('sha256').update(bytes).digest('hex') === sent.sha256) return bytes;
        // Every line is there, so one of them is wrong though it looks right.
        if (Array.from({ length: sent.lines }, (_, index) => exchange.data.has(index + 1)).every(Boolean)) exchange.data.clear();
      }
      if (attempt > sendingTries) throw this.#protocolError(`captured output did not match its checksum in ${sendingTries} tries`);
      const again = this.#listenAgain(exchange);
      await this.#type(repeatLine('captured'), signal);
      await this.#inTime(again, () => again.sent !== undefined, acknowledgeMs, signal);
      this.#stopListening?.();
    }
  }

  #listenAgain(exchange: Exchange): Exchange {
    exchange.sent = undefined;
    this.#stopListening = this.#options.console.onLine((line) => exchange.push(line));
    return exchange;
  }

  async #setUp(signal?: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= typingTries; attempt++) {
      this.#session = newSession();
      const exchange = this.#listen(0);
      try {
        this.#isSetUp = await this.#typeSetUp(exchange, signal);
        if (this.#isSetUp) return;
      } finally {
        this.#stopListening?.();
      }
      await this.#interruptUntilReady(signal);
    }
    throw this.#protocolError('nothing on the console answers as a POSIX shell does');
  }

  async #typeSetUp(exchange: Exchange, signal: AbortSignal | undefined): Promise<boolean> {
    for (const [index, line] of setupLines(this.#session).entries()) {
      await this.#type(line, signal);
      if (!(await this.#inTime(exchange, () => exchange.ready === index, acknowledgeMs, signal))) return false;
    }
    return true;
  }

  /** Waits for a condition of the exchange; a prompt that shows up meanwhile is looked into. */
  async #await(exchange: Exchange, met: () => boolean, timeoutMs: number, signal: AbortSignal | undefined, onTimeout: () => BringupError): Promise<void> {
    const watch = this.#watchForPrompt(exchange);
    try {
      const both = [this.#options.fate, ...(signal ? [signal] : [])];
      await bounded(Promise.race([exchange.until(met), watch.lost]), 'the command', { timeoutMs, signal: AbortSignal.any(both) }, onTimeout);
    } finally {
      watch.stop();
    }
  }

  async #inTime(exchange: Exchange, met: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const late = new BringupError('shell-protocol', 'no answer from the shell');
    const both = [this.#options.fate, ...(signal ? [signal] : [])];
    try {
      await bounded(exchange.until(met), 'typing', { timeoutMs, signal: AbortSignal.any(both) }, () => late);
      return true;
    } catch (error) {
      if (error === late) return false;
      throw error;
    }
  }

  /**
   * A prompt before the command's end means that the shell ended (`exit`, `exec`), or that another one reads now. Only an
   * answer to a question settles it: text that looks like a prompt proves nothing.
   */
  #watchForPrompt(exchange: Exchange): { lost: Promise<never>; stop: () => void } {
    const { console, profile } = this.#options;
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    let asked = false;
    const timer = setInterval(() => {
      const silentMs = performance.now() - (console.lastByteAtMs ?? 0);
      if (silentMs < promptSilenceMs || !profile.prompt.test(console.unfinishedLine)) return;
      if (!asked) {
        asked = true;
        void this.#type(readyCommand(this.#session, exchange.sequence)).catch(() => {});
      } else if (exchange.ready === exchange.sequence && exchange.exitStatus === undefined) {
        clearInterval(timer);
        lost.reject(
          new BringupError('shell-lost', 'the command’s shell ended, or it started another interactive one: a prompt came without the command’s report', {
            hint: 'run commands that end the shell (exit, exec) or start one in a sub-shell, or drive them over machine.console.',
            consoleTail: console.tail(),
          }),
        );
      }
    }, promptSilenceMs / 4);
    return { lost: lost.promise, stop: () => clearInterval(timer) };
  }

  /** After a command that did not end: makes the shell usable again, or marks it broken. */
  async #recover(error: BringupError): Promise<BringupError> {
    try {
      const stoppedBy = await this.#interruptUntilReady();
      await this.#setUp();
      return await this.#options.explain(
        new BringupError('command-timeout', `${error.shortMessage}; ${stoppedBy} ended it and the shell is usable`, {
          hint: 'give the command more time (timeoutMs), or look in the console at what it waits for.',
          consoleTail: this.#options.console.tail(),
          failureCause: 'assertion',
        }),
      );
    } catch (failure) {
      if (!(failure instanceof BringupError) || failure.code !== 'machine-broken') throw failure;
      return await this.#options.explain(
        new BringupError('machine-broken', `${error.shortMessage}; ${failure.shortMessage}`, {
          hint: 'the command ignores the terminal’s signals, or the guest hangs; boot a fresh machine.',
          consoleTail: this.#options.console.tail(),
        }),
      );
    }
  }

  async #interruptUntilReady(signal?: AbortSignal): Promise<string> {
    for (const [index, { bytes, name }] of interrupts.entries()) {
      const exchange = this.#listen(0);
      try {
        await this.#options.console.send(bytes, signal ? { signal } : {});
        const question = 900_000 + index;
        // The interrupt flushes what was typed before it is handled (termios NOFLSH is off).
        await sleep(100);
        await this.#type(readyCommand(this.#session, question), signal);
        if (await this.#inTime(exchange, () => exchange.ready === question, 2_000, signal)) return name;
      } finally {
        this.#stopListening?.();
      }
    }
    this.#broken = new BringupError('machine-broken', 'the shell does not answer, not even after Ctrl-C and Ctrl-\\', {
      hint: 'boot a fresh machine.',
      consoleTail: this.#options.console.tail(),
    });
    throw this.#broken;
  }

  #protocolError(what: string): BringupError {
    return new BringupError('shell-protocol', `shell: ${what}`, {
      hint: 'is the shell a POSIX one (profile: shellDialect)? does another program read the console? see the console below.',
      consoleTail: this.#options.console.tail(),
    });
  }
}

function timedOut(command: string, timeoutMs: number): BringupError {
  const shown = command.length > 80 ? `${command.slice(0, 79)}…` : command;
  return new BringupError('command-timeout', `command \`${shown}\` did not end within ${timeoutMs} ms`);
}
