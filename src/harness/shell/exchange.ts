import type { Line } from '../../parsers/lines.ts';
import { droppedMessages } from '../../parsers/printk.ts';
import { PrintkJoiner } from '../../parsers/printk-joiner.ts';
import { type CapturedBytes, CapturedLines, type CapturedOutput } from './captured-output.ts';
import { type Frame, framesIn } from './frames.ts';

/** A storm must not fill the host's memory with messages. */
const maxKernelMessages = 1_000;

/** Output beyond this is no command's any more, but a flood. In characters. */
export const maxOutputChars = 16 * 1024 * 1024;

/** What the console says about one command, or one question to the shell, gathered as it comes. */
export class Exchange {
  readonly nonce: string;
  readonly sequence: number;
  begun = false;
  exitStatus: number | undefined;
  /** Whether it printed more than is kept. */
  isTooLong = false;
  /** Whether the shell refused the command because it arrived cut. */
  refused = false;
  /** Number of the last `ready` frame. */
  ready: number | undefined;
  sent: Extract<Frame, { kind: 'sent' }> | undefined;
  /** The newest kernel messages taken out of the output. */
  kernelLog: string[] = [];
  readonly #captured: CapturedBytes | undefined;
  readonly #lines = new CapturedLines();
  readonly #joiner = new PrintkJoiner();
  #output = '';
  readonly #waiters = new Set<{ met: () => boolean; resolve: () => void }>();

  /** `captured` takes what comes over the side channel's port for captured output; on its terminal there are no kernel messages then. */
  constructor(nonce: string, sequence: number, captured?: CapturedBytes) {
    this.nonce = nonce;
    this.sequence = sequence;
    this.#captured = captured;
  }

  get captured(): CapturedOutput {
    return this.#captured ?? this.#lines;
  }

  /** Takes the next bytes of the port for captured output. */
  pushBytes(chunk: Uint8Array): void {
    this.#captured?.take(chunk);
    this.#wake();
  }

  /** Takes the console's next line. */
  push(line: Line): void {
    if (this.#captured) this.#takeLine(line);
    else this.#takeLineOfConsole(line);
    this.#wake();
  }

  /** Resolves as soon as the condition holds; whoever waits bounds the wait. */
  until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add({ met, resolve }));
  }

  /** Text between begin and end, kernel messages and the last line end removed. */
  get output(): string {
    // The end's frame begins with a line feed of its own, and the output may have ended with another.
    return this.#output.replace(/\n?\n$/, '');
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.met()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #takeLineOfConsole(line: Line): void {
    for (const joined of this.#joiner.line(line)) {
      if (joined.kind === 'text') this.#takeLine(joined.line);
      else if (this.begun) this.#takeMessage(line.text.slice(joined.message.index));
    }
  }

  #takeMessage(text: string): void {
    this.kernelLog.push(text);
    if (this.kernelLog.length >= 2 * maxKernelMessages) this.kernelLog = this.kernelLog.slice(-maxKernelMessages);
  }

  #takeLine({ text, terminated }: Line): void {
    const frames = framesIn(text, this.nonce);
    for (const { frame, before } of frames) {
      // What a line holds before a frame is another writer's, beside the command.
      if (before !== '') this.#takeOutput(`${before}\n`);
      this.#takeFrame(frame);
    }
    if (frames.length > 0 || (!this.#captured && droppedMessages.test(text))) return;
    // Nobody but us knows the nonce: a frame that came damaged, or the echo of a question. The line feed before it is ours too.
    if (text.includes(this.nonce)) this.#output = this.#output.replace(/\n$/, '');
    else this.#takeOutput(terminated ? `${text}\n` : text);
  }

  #takeOutput(text: string): void {
    if (!this.begun || this.exitStatus !== undefined || this.isTooLong) return;
    this.isTooLong = this.#output.length + text.length > maxOutputChars;
    if (!this.isTooLong) this.#output += text;
  }

  #takeFrame(frame: Frame): void {
    if (frame.sequence !== this.sequence) return;
    switch (frame.kind) {
      case 'ready':
        this.ready = frame.chars;
        break;
      case 'begin':
        this.begun = true;
        this.#output = '';
        this.isTooLong = false;
        break;
      case 'refused':
        this.refused = true;
        break;
      case 'end':
        this.exitStatus ??= frame.exitStatus;
        break;
      case 'data':
        this.#lines.take(frame.index, frame.base64);
        break;
      case 'sent':
        this.sent = frame;
        break;
    }
  }
}
