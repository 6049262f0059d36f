import { type Frame, framesIn } from './frames.ts';
import { PrintkFilter } from './printk-filter.ts';

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
  readonly #filter: PrintkFilter;
  #lines: string[] = [];
  #waiters: { met: () => boolean; resolve: () => void }[] = [];

  constructor(nonce: string, sequence: number) {
    this.#nonce = nonce;
    this.sequence = sequence;
    this.#filter = new PrintkFilter(
      (line) => this.#takeLine(line),
      (message) => {
        if (this.begun) this.kernelLog.push(message);
      },
    );
  }

  /** Takes console text; any chunking gives the same. */
  push(text: string): void {
    this.#filter.push(text);
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
    const whole = this.exitStatus === undefined ? [...this.#lines, this.#filter.unfinished].join('\n') : this.#lines.join('\n');
    return whole.endsWith('\n') ? whole.slice(0, -1) : whole;
  }

  /** Forgets what was sent, so that it can be sent again. */
  discardData(): void {
    this.data.clear();
    this.sent = undefined;
  }

  #takeLine(line: string): void {
    let after = line;
    for (const { frame, before } of framesIn(line, this.#nonce)) {
      after = '';
      // What a line holds before a frame that is not its own is a writer's beside the command.
      if (frame.kind === 'end' && before !== '') this.#takeOutput(before);
      this.#takeFrame(frame);
    }
    if (after !== '' || line === '') this.#takeOutput(after);
  }

  #takeOutput(line: string): void {
    if (this.begun && this.exitStatus === undefined) this.#lines.push(line);
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
        this.#lines = [];
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
