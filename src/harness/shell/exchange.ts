import type { Line } from '../../parsers/lines.ts';
import { droppedMessages } from '../../parsers/printk.ts';
import { PrintkJoiner } from '../../parsers/printk-joiner.ts';
import { type Frame, framesIn } from './frames.ts';

/** What became of one command, gathered from the console text as it comes. */
export class Exchange {
  readonly sequence: number;
  /** Characters of the command that arrived, where the shell refused it. */
  refusedLengthChars: number | undefined;
  begun = false;
  exitStatus: number | undefined;
  /** Sequence number of the last `ready` frame. */
  ready: number | undefined;
  sent: Extract<Frame, { kind: 'sent' }> | undefined;
  readonly data = new Map<number, string>();
  /** Kernel messages taken out of the output. */
  readonly kernelLog: string[] = [];
  readonly #nonce: string;
  readonly #joiner = new PrintkJoiner();
  #output = '';
  #waiters: { met: () => boolean; resolve: () => void }[] = [];

  constructor(nonce: string, sequence: number) {
    this.#nonce = nonce;
    this.sequence = sequence;
  }

  /** Takes the console's next line. */
  push(line: Line): void {
    for (const joined of this.#joiner.line(line)) {
      if (joined.kind === 'text') this.#takeLine(joined.line);
      else if (this.begun) this.kernelLog.push(line.text.slice(joined.message.index));
    }
    const met = this.#waiters.filter((waiter) => waiter.met());
    if (met.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const waiter of met) waiter.resolve();
  }

  /** Resolves as soon as the condition holds; whoever waits bounds the wait. */
  until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ met, resolve }));
  }

  /** Text between begin and end, kernel messages and the last line end removed. */
  get output(): string {
    // The end's frame begins with a line feed of its own, and the output may have ended with another.
    return this.#output.replace(/\n?\n$/, '');
  }

  #takeLine({ text, terminated }: Line): void {
    const frames = framesIn(text, this.#nonce);
    for (const { frame, before } of frames) {
      // What a line holds before a frame is another writer's, beside the command.
      if (before !== '') this.#takeOutput(`${before}\n`);
      this.#takeFrame(frame);
    }
    if (frames.length === 0 && !droppedMessages.test(text)) this.#takeOutput(terminated ? `${text}\n` : text);
  }

  #takeOutput(text: string): void {
    if (this.begun && this.exitStatus === undefined) this.#output += text;
  }

  #takeFrame(frame: Frame): void {
    if (frame.kind === 'ready') {
      this.ready = frame.sequence;
      return;
    }
    if (frame.sequence !== this.sequence) return;
    switch (frame.kind) {
      case 'begin':
        this.begun = true;
        this.#output = '';
        break;
      case 'refused':
        this.refusedLengthChars = frame.lengthChars;
        break;
      case 'end':
        this.exitStatus ??= frame.exitStatus;
        break;
      case 'data':
        this.data.set(frame.index, frame.base64);
        break;
      case 'sent':
        this.sent = frame;
        break;
    }
  }
}
