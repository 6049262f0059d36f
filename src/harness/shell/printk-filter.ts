/**
 * Takes kernel messages out of console text while it streams by. A message lands between two writes of a program,
 * often in the middle of its line: `hel` `[   12.345678] eth0: up\n` `lo\n` is the line `hello`.
 */
export class PrintkFilter {
  /** What stood before a message in its line, waiting for the rest of the line. */
  #carried = '';
  #rest = '';
  readonly #onLine: (line: string) => void;
  readonly #onMessage: (message: string) => void;

  constructor(onLine: (line: string) => void, onMessage: (message: string) => void) {
    this.#onLine = onLine;
    this.#onMessage = onMessage;
  }

  push(text: string): void {
    const end = text.lastIndexOf('\n');
    if (end < 0) {
      this.#rest += text;
      return;
    }
    const lines = (this.#rest + text.slice(0, end)).split('\n');
    this.#rest = text.slice(end + 1);
    for (const line of lines) this.#take(line);
  }

  /** The line that is not ended yet, without what a message may have cut off it. */
  get unfinished(): string {
    return this.#carried + this.#rest;
  }

  #take(line: string): void {
    const message = kernelMessage.exec(line);
    if (message === null) {
      const whole = this.#carried + line;
      this.#carried = '';
      this.#onLine(whole);
      return;
    }
    this.#carried += line.slice(0, message.index);
    this.#onMessage(line.slice(message.index));
  }
}

/** printk's time stamp, `[%5lu.%06lu]`, with the optional caller; or the note on dropped messages (kernel/printk/printk.c). */
const kernelMessage = /\[(?=[ \d]{5})[ ]*\d+\.\d{6}\](?:\[ *[TC]\d+\])? |\*\* \d+ printk messages dropped \*\*$/;
