/** How to run one command. */
export interface RunOptions {
  /** Host time the command may take, in milliseconds. @default the profile's `timeouts.commandMs` */
  timeoutMs?: number;
  /** Aborted, the command is stopped and `run` rejects with `aborted`. */
  signal?: AbortSignal;
  /**
   * Gather stdout and stderr in a file of the guest and send them checked, byte for byte, instead of reading them off
   * the terminal. The command's stdout is then no terminal. @default false
   */
  captured?: boolean;
}

/** How a command's output reaches the harness. */
export type OutputMode = 'tty' | 'captured';

/** What a command came to. */
export interface CommandResult {
  /** What it printed, without the last line end. */
  readonly output: string;
  readonly exitStatus: number;
  /** Host time from the command's start to its report, in milliseconds. */
  readonly durationMs: number;
  /** The newest kernel messages that were taken out of the output, 1,000 at most. */
  readonly kernelLog: readonly string[];
  /** How often the command was typed, or its captured output asked for, again, because it had arrived damaged. */
  readonly resends: number;
}

export interface CapturedResult extends CommandResult {
  /** Exactly what it printed. */
  readonly bytes: Uint8Array;
}

/** One finished or failed command, for the record. */
export interface CommandStep {
  readonly command: string;
  readonly durationMs: number;
  /** Of the machine's serial console, while it ran. */
  readonly fromByte: number;
  readonly toByte: number;
  readonly result: CommandResult | undefined;
}
