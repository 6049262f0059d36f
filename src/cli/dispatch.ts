import { inspect } from 'node:util';
import { BringupError } from '../model/errors.ts';
import { packageManifest, runsFromSource } from '../model/package-files.ts';
import { unknownWord } from './arguments.ts';
import type { CommandIo, ExitCode } from './command.ts';
import { cloneCommands, commands } from './commands.ts';
import { requireNode } from './node-version.ts';

/** Runs the command that argv names, and tells every error in the end user's words. Never throws. */
export async function dispatch(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  try {
    requireNode(process.versions.node);
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
    io.stdout.write(`bringup ${packageManifest().version}\n`);
    return 0;
  }
  if (name.startsWith('-')) throw unknownWord('option', name, ['--help', '--version']);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw unknownWord('command', name, Object.keys(commands).filter(available));
  if (!available(name)) {
    throw new BringupError('usage', `bringup ${name} works on bringup itself, and this is the installed package`, {
      hint: `clone bringup’s repository, and call ./bringup ${name} there.`,
    });
  }
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

function available(name: string): boolean {
  return runsFromSource || !cloneCommands.has(name);
}

async function overview(): Promise<string> {
  const loads = Object.entries(commands).flatMap(([name, load]) => (available(name) ? [load] : []));
  const all = await Promise.all(loads.map(async (load) => (await load()).command));
  const lines = all.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`);
  return `usage: bringup <command> [...]\n\n${lines.join('\n')}\n\n\`bringup <command> --help\` tells the rest.\n`;
}
