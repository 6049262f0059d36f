import { BringupError } from '../../model/errors.ts';
import type { Cause } from '../../model/outcome.ts';
import type { KernelProfile } from '../../model/profile.ts';
import { DiagnosedError } from '../diagnosis/diagnosed-error.ts';
import { bounded, type Explain } from '../wait.ts';
import type { CapturedResult, CommandResult, CommandStep, RunOptions } from './command.ts';
import { type Exchange, maxOutputChars } from './exchange.ts';
import { beginWaiting, type ShellState, typeAwaited, type Waiter } from './frozen-shell.ts';
import { ShellLink, throwIfAborted } from './link.ts';
import { watchForPrompt } from './prompt-watch.ts';
import { interruptUntilReady } from './recovery.ts';
import type { ShellChannel } from './shell-channel.ts';
import { receiveCaptured } from './transfer.ts';
import { setUp, typeCommand } from './typing.ts';

export type { CapturedResult, CommandResult, CommandStep, RunOptions };

export interface ShellOptions extends ShellChannel {
  readonly profile: KernelProfile;
  /** Aborts when the machine ended; its reason is what waits reject with. */
  readonly fate: AbortSignal;
  /** Explains a wait that ran out, with what is known of the guest. */
  readonly explain: Explain;
  readonly onStep?: ((step: CommandStep) => void) | undefined;
  /** Where the machine is a fork: what its shell was frozen in. */
  readonly frozen?: ShellState | undefined;
}

/**
 * Framed commands in one interactive shell of the guest. State (variables, directory, jobs, `$?`) carries over from one
 * command to the next; commands run one at a time, in the order asked for.
 */
export class Shell {
  readonly #options: ShellOptions;
  readonly #link: ShellLink;
  #queue: Promise<unknown> = Promise.resolve();
  #broken: BringupError | undefined;
  /** Set up with the first command, so that a machine whose shell nobody uses is left alone. */
  #isSetUp = false;

  constructor(options: ShellOptions) {
    this.#options = options;
    this.#link = new ShellLink(options, options.profile.console);
    if (options.frozen === undefined) return;
    this.#link.adopt(options.frozen.session, options.frozen.lastSequence);
    this.#isSetUp = true;
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
   * stopped; later commands reject at once), `shell-lost` (the shell ended or another one answers; the next command sets that
   * one up), `output-too-long` (over 16 MiB on the terminal;
   * the command was stopped), `shell-protocol`, `usage` (a NUL byte), `aborted` (the command was stopped), or the machine's end.
   */
  run(command: string, options: RunOptions & { captured: true }): Promise<CapturedResult>;
  run(command: string, options?: RunOptions): Promise<CommandResult>;
  run(command: string, options: RunOptions = {}): Promise<CommandResult | CapturedResult> {
    const turn = this.#queue.then(() => this.#observed(command, options));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /**
   * Waits for the commands before and sets the shell up, where that was not done yet.
   * @throws BringupError as `run` does.
   */
  ready(options: Pick<RunOptions, 'signal'> = {}): Promise<void> {
    const { fate } = this.#options;
    const signal = options.signal ? AbortSignal.any([fate, options.signal]) : fate;
    const turn = this.#queue.then(async () => {
      if (this.#broken) throw this.#broken;
      const startedAtMs = performance.now();
      try {
        await this.#makeSession(signal);
      } catch (error) {
        if (signal.aborted || !(error instanceof BringupError)) throw error;
        throw await this.#afterFailure(error, startedAtMs);
      } finally {
        this.#link.hush();
      }
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /**
   * Freezes the shell for `body`, between the commands before and after. With a `waiter` it waits in that program meanwhile, and
   * goes on when `body` is done; in a fork, after `thaw`. Without, `body` is told of no shell where none was set up.
   * @throws BringupError as `run` does; `snapshot-failed` where the waiter does otherwise; what `body` throws.
   */
  frozen<T>(waiter: Waiter | undefined, body: (state: ShellState | undefined) => Promise<T>): Promise<T> {
    const turn = this.#queue.then(async () => {
      const { fate } = this.#options;
      if (this.#broken) throw this.#broken;
      throwIfAborted(fate, 'freezing the shell');
      if (waiter === undefined) return body(this.#isSetUp ? this.#state(undefined) : undefined);
      await this.#makeSession(fate);
      try {
        const exchange = await beginWaiting(this.#link, waiter, fate);
        try {
          return await body(this.#state(exchange.sequence));
        } finally {
          await this.#awaited(exchange, waiter, fate);
        }
      } finally {
        this.#link.hush();
        this.#options.console.skip();
      }
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /**
   * In a fork: gives the waiter that the shell was frozen in its line, and waits until the shell goes on.
   * @throws BringupError `snapshot-failed` where the waiter failed; as `run` does.
   */
  thaw(waiter: Waiter): Promise<void> {
    const turn = this.#queue.then(async () => {
      const { fate, frozen, console } = this.#options;
      const sequence = frozen?.waiting;
      if (sequence === undefined) return;
      try {
        await this.#awaited(this.#link.listen(sequence), waiter, fate);
      } finally {
        this.#link.hush();
        console.skip();
      }
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  #state(waiting: number | undefined): ShellState {
    const { session, lastSequence } = this.#link;
    return { session, lastSequence, waiting };
  }

  /** Types the waiter's line and waits for its end. */
  async #awaited(exchange: Exchange, waiter: Waiter, fate: AbortSignal): Promise<void> {
    await typeAwaited(this.#link, exchange, waiter, fate);
    await this.#untilEnd(exchange, waiter.program, { timeoutMs: this.#options.profile.timeouts.commandMs, signal: fate });
    if (exchange.exitStatus === 0) return;
    throw new BringupError('snapshot-failed', `${waiter.program} ended with ${exchange.exitStatus}: ${exchange.output}`, {
      hint: 'the guest’s kernel lacks what renews a fork (docs/snapshots.md); take the snapshot without.',
      consoleTail: this.#options.console.tail(),
    });
  }

  async #makeSession(signal: AbortSignal): Promise<void> {
    if (!this.#isSetUp) await setUp(this.#link, signal);
    this.#isSetUp = true;
  }

  async #observed(command: string, options: RunOptions): Promise<CommandResult | CapturedResult> {
    const { console, machineConsole, onStep } = this.#options;
    const fromByte = machineConsole.bytesReceived;
    const startedAtMs = performance.now();
    let result: CommandResult | undefined;
    try {
      result = await this.#runNow(command, options);
      return result;
    } finally {
      this.#link.hush();
      console.skip();
      onStep?.({ command, durationMs: performance.now() - startedAtMs, fromByte, toByte: machineConsole.bytesReceived, result });
    }
  }

  async #runNow(command: string, options: RunOptions): Promise<CommandResult | CapturedResult> {
    const { fate, profile } = this.#options;
    const { timeoutMs = profile.timeouts.commandMs, captured = false } = options;
    const signal = options.signal ? AbortSignal.any([fate, options.signal]) : fate;
    throwIfAborted(signal, `command ${shown(command)}`);
    if (this.#broken) throw this.#broken;
    if (command.includes('\0')) throw nulByte();
    const startedAtMs = performance.now();
    try {
      await this.#makeSession(signal);
      return await this.#exchange(command, { timeoutMs, captured, signal });
    } catch (error) {
      if (fate.aborted) throw fate.reason;
      if (!(error instanceof BringupError)) throw error;
      if (options.signal?.aborted) {
        await this.#stop().catch(() => {});
        throw error;
      }
      throw await this.#afterFailure(error, startedAtMs, error.code === 'command-timeout' ? timeoutMs : undefined);
    }
  }

  async #exchange(command: string, options: Required<RunOptions>): Promise<CommandResult | CapturedResult> {
    const { timeoutMs, captured, signal } = options;
    const startedAtMs = performance.now();
    const { exchange, resends } = await typeCommand(this.#link, command, captured ? 'captured' : 'tty', signal);
    await this.#untilEnd(exchange, command, { timeoutMs, signal });
    const exitStatus = exchange.exitStatus as number;
    const durationMs = performance.now() - startedAtMs;
    if (!captured) {
      if (!exchange.begun) throw this.#link.protocolError('the report that the command begins was damaged beyond reading');
      return { output: exchange.output, exitStatus, durationMs, kernelLog: exchange.kernelLog, resends };
    }
    const received = await receiveCaptured(this.#link, exchange, { timeoutMs, signal });
    const output = received.bytes.toString('utf8').replace(/\n$/, '');
    return { output, exitStatus, durationMs, kernelLog: exchange.kernelLog, resends: resends + received.resends, bytes: received.bytes };
  }

  async #untilEnd(exchange: Exchange, command: string, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<void> {
    const { hostKept } = this.#options.machineConsole;
    const watch = watchForPrompt(this.#link, exchange, this.#options.profile.prompt, signal);
    const ended = Promise.race([exchange.until(() => exchange.exitStatus !== undefined || exchange.isTooLong), watch.lost]);
    try {
      await bounded(ended, `command ${shown(command)}`, { timeoutMs, signal, hostKept }, () => {
        const what = `command ${shown(command)} did not end within ${timeoutMs} ms`;
        return new BringupError('command-timeout', what, { consoleTail: this.#options.console.tail() });
      });
    } finally {
      watch.stop();
    }
    if (exchange.isTooLong) throw tooLong(command, this.#options.console.tail());
  }

  /** Makes the shell usable again where that can be done, and gives the error to reject with. */
  async #afterFailure(error: BringupError, startedAtMs: number, timeoutMs?: number): Promise<BringupError> {
    const explained = (): Promise<BringupError> =>
      this.#options.explain(error, { startedAtMs, ...(timeoutMs !== undefined && { timeoutMs }) });
    switch (error.code) {
      case 'command-timeout':
        return this.#stopLate(await explained());
      case 'machine-broken':
        this.#broken = await explained();
        return this.#broken;
      case 'output-too-long':
        await this.#stop();
        return error;
      case 'shell-protocol':
        this.#isSetUp = false;
        return explained();
      default:
        // Whatever answers now, it is no shell that we know.
        this.#isSetUp = false;
        return error;
    }
  }

  /** Stops a command that ran out of time; the guest was looked at while it still ran. */
  async #stopLate(explained: BringupError): Promise<BringupError> {
    const { fate } = this.#options;
    const details = { ...(explained.consoleTail !== undefined && { consoleTail: explained.consoleTail }), cause: explained.cause };
    try {
      const stoppedBy = await this.#stop();
      return new BringupError('command-timeout', `${explained.shortMessage}; ${stoppedBy} ended it and the shell is usable`, {
        ...details,
        hint: joined('give the command more time (timeoutMs), or look in the console at what it waits for.', explained.hint),
        failureCause: causeOfStopped(explained),
      });
    } catch (failure) {
      if (fate.aborted || !(failure instanceof BringupError) || failure.code !== 'machine-broken') throw failure;
      this.#broken = new BringupError('machine-broken', `${explained.shortMessage}; ${failure.shortMessage}`, {
        ...details,
        hint: joined(failure.hint, explained.hint),
        failureCause: explained.failureCause,
      });
      return this.#broken;
    }
  }

  async #stop(): Promise<string> {
    this.#isSetUp = false;
    const { fate } = this.#options;
    try {
      const stoppedBy = await interruptUntilReady(this.#link, fate);
      await setUp(this.#link, fate);
      this.#isSetUp = true;
      return stoppedBy;
    } catch (error) {
      if (fate.aborted) throw fate.reason;
      if (error instanceof BringupError && error.code === 'machine-broken') this.#broken = error;
      throw error;
    }
  }
}

/** The kernel lives and its terminal works. So a command that was at work was slow, and one that was not waits for what never comes. */
function causeOfStopped(explained: BringupError): Cause {
  if (explained.failureCause === 'host-overload') return 'host-overload';
  return explained instanceof DiagnosedError && explained.verdict !== 'idle' ? 'guest-slow' : 'assertion';
}

function tooLong(command: string, consoleTail: string): BringupError {
  const limit = `${maxOutputChars / 1024 / 1024} MiB`;
  return new BringupError('output-too-long', `command ${shown(command)} printed over ${limit}, and was stopped`, {
    hint: 'have the guest keep its output in a file, or print less.',
    consoleTail,
  });
}

function shown(command: string): string {
  return `\`${command.length > 80 ? `${command.slice(0, 79)}…` : command}\``;
}

function joined(...hints: (string | undefined)[]): string {
  return hints.filter(Boolean).join(' ');
}

function nulByte(): BringupError {
  return new BringupError('usage', 'a shell command can’t contain a NUL byte', {
    hint: 'write the bytes from within the guest, e.g. with printf.',
  });
}
