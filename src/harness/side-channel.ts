import type { Socket } from 'node:net';
import { Console, type ConsoleOptions } from './console/console.ts';
import { DataPort } from './shell/shell-channel.ts';
import { sideDataPort } from './shell/side-ports.ts';

/** What became of a machine's side channel. */
export interface SideChannelState {
  /** Whether the guest's shell is on it. */
  readonly isUsed: boolean;
  /** Why it can't be, once that is known. */
  readonly refusal?: string | undefined;
}

/** The host's ends of the virtio serial ports for a shell. Both are read from the start on. */
export class SideChannel implements AsyncDisposable {
  /** The shell's terminal. */
  readonly console: Console;
  /** Takes captured output. */
  readonly data: DataPort;
  state: SideChannelState;

  constructor({ shell, data }: { shell: Socket; data: Socket }, state: SideChannelState, options: ConsoleOptions) {
    this.state = state;
    this.console = new Console(shell, options);
    this.data = new DataPort(data, sideDataPort);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.console[Symbol.asyncDispose]();
  }
}
