import { ExecaError, execa } from 'execa';
import { BringupError } from '../model/errors.ts';

export interface ToolOptions {
  cwd?: string;
  /** Added to the process's own environment. */
  env?: Record<string, string>;
  signal?: AbortSignal;
}

/** Where Debian has the programs for file systems, which is not on every user's PATH. */
const systemPath = '/usr/sbin:/sbin';

/** What a program came to that says something by its exit code. */
export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs a host program for file systems to its end, whatever its exit code; messages come in English.
 * @throws BringupError `requirement-missing`, `aborted`, or `artifact-failed` where a signal ended it.
 */
export async function runSystemTool(
  command: string,
  args: readonly string[],
  { env, input, signal }: ToolOptions & { input?: string } = {},
): Promise<ToolResult> {
  const { stdout, stderr, exitCode, ...failure } = await execa(command, args, {
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    env: { ...env, LC_ALL: 'C.UTF-8', TZ: 'UTC', PATH: `${process.env.PATH}:${systemPath}` },
    ...(signal !== undefined && { cancelSignal: signal }),
    maxBuffer: maxOutputBytes,
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
  });
  if (exitCode === undefined) throw toolError(command, args, failure);
  return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr).toString() };
}

const maxOutputBytes = 512 * 1024 * 1024;

/**
 * Runs a host program to its end and returns its standard output; messages come in English, times in UTC.
 * @throws BringupError `requirement-missing` (no such program), `aborted`, or `artifact-failed` with the last lines it printed.
 */
export async function runTool(command: string, args: readonly string[], { cwd, env, signal }: ToolOptions = {}): Promise<string> {
  try {
    const { stdout } = await execa(command, args, {
      stdin: 'ignore',
      env: { ...env, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      ...(cwd !== undefined && { cwd }),
      ...(signal !== undefined && { cancelSignal: signal }),
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    throw toolError(command, args, error);
  }
}

function toolError(command: string, args: readonly string[], error: unknown): unknown {
  if (!(error instanceof ExecaError)) return error;
  if (error.isCanceled) return new BringupError('aborted', `\`${command}\` was cancelled`, { cause: error });
  if (error.code === 'ENOENT') {
    return new BringupError('requirement-missing', `the program \`${command}\` is not installed`, {
      hint: 'run `bringup doctor --install`.',
      cause: error,
    });
  }
  const came = error.exitCode === undefined ? `was ended by ${error.signal}` : `exited with ${error.exitCode}`;
  const words = [command, ...args].join(' ');
  return new BringupError('artifact-failed', `\`${words.length > 120 ? `${words.slice(0, 119)}…` : words}\` ${came}: ${lastLines(error)}`, {
    cause: error,
  });
}

function lastLines({ stderr, stdout }: ExecaError): string {
  const text = String(stderr || stdout || '(it printed nothing)');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}
