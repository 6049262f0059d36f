import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { BringupError } from '../model/errors.ts';
import { unknownWord } from './arguments.ts';
import type { CommandIo, ExitCode } from './command.ts';
import { commands } from './commands.ts';

/** Runs the command that argv names, and tells every error in the end user's words. Never throws. */
export async function dispatch(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  try {
    return await runCommand(argv, io);
  } catch (error) {
    if (error instanceof BringupError) {
      io.stderr.write(`bringup: ${error.message}\n`);
      return error.exitCode;
    }
    io.stderr.write(`bringup: unexpected error: ${inspect(error)}\n`);
    io.stderr.write('This is a bug in bringup. Please report the text above and the command line.\n');
    return 3;
  }
}

async function runCommand([name, ...rest]: readonly string[], io: CommandIo): Promise<ExitCode> {
  if (name === undefined) {
    io.stderr.write(await overview());
    return 2;
  }
  if (name === '--help' || name === '-h') {
    io.stdout.write(await overview());
    return 0;
  }
  if (name === '--version') {
    io.stdout.write(`bringup ${version()}\n`);
    return 0;
  }
  if (name.startsWith('-')) throw unknownWord('option', name, ['--help', '--version']);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw unknownWord('command', name, Object.keys(commands));
  const { command } = await load();
  if (asksForHelp(rest)) {
    io.stdout.write(command.usage);
    return 0;
  }
  return command.run(rest, io);
}

/** What follows `--` is the command's own. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = end === -1 ? argv : argv.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map(async (load) => (await load()).command));
  const lines = all.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`);
  return `usage: bringup <command> [...]\n\n${lines.join('\n')}\n\n\`bringup <command> --help\` tells the rest.\n`;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
