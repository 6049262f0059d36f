import { ExecaError, execa } from 'execa';
import { BringupError } from '../model/errors.ts';

export interface ToolOptions {
  cwd?: string;
  /** Added to the process's own environment. */
  env?: Record<string, string>;
  signal?: AbortSignal;
}

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
