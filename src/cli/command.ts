import type { Readable, Writable } from 'node:stream';

/** What a command reads and writes; the process's own streams, or a test's. */
export interface CommandIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** 0 all well · 1 a check failed · 2 wrong usage or configuration · 3 infrastructure only. */
export type ExitCode = 0 | 1 | 2 | 3;

/** One command of the CLI: one file below src/cli, exported as `command`, listed in commands.ts. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands, without a full stop. */
  readonly summary: string;
  /** What `--help` prints: the command's line first, then its options, one a line. Ends with a newline. */
  readonly usage: string;
  /**
   * Does the work.
   * @param argv What followed the command's name; read it with `parseArguments` of arguments.ts.
   * @throws BringupError Printed as `bringup: <message>`; the process ends with its exitCode.
   */
  run(argv: readonly string[], io: CommandIo): Promise<ExitCode>;
}
