import { endKept, listKept } from '../harness/kept/kept-machines.ts';
import type { AboutKept } from '../harness/kept/protocol.ts';
import { BringupError } from '../model/errors.ts';
import { parseArguments } from './arguments.ts';
import { connectTerminal } from './attach/terminal.ts';
import type { Command, CommandIo } from './command.ts';

export const command: Command = {
  name: 'attach',
  summary: 'connect this terminal to a machine kept by `run --keep-failed`',
  usage: `usage: bringup attach [ID]
       bringup attach --end ID...|all

  ID      connect to the machine's serial console; without it, list the machines that are kept
  --end   end the machines named, or all

At a terminal every byte goes to the guest, Ctrl-C as well; Ctrl-] leaves, and the machine is kept. Where the standard input is no terminal it is
sent as it is; at its end what the console answers is read on until nothing came for two seconds.

Exit code: 0, 2 where no such machine is kept, 3 where its process does not answer.
`,
  async run(argv, io) {
    const { values, positionals } = parseArguments(argv, { end: { type: 'boolean', default: false } });
    if (values.end) await end(positionals, io);
    else if (positionals.length > 1)
      throw new BringupError('usage', `expected one machine, got ${positionals.length}`, { hint: 'attach from a terminal each.' });
    else if (positionals[0] === undefined) io.stdout.write(table(await listKept()));
    else await connectTerminal(positionals[0], io);
    return 0;
  },
};

async function end(ids: readonly string[], { stdout }: CommandIo): Promise<void> {
  if (ids.length === 0) throw new BringupError('usage', 'expected the machines to end, got none', { hint: 'name their ids, or all.' });
  const chosen = ids.includes('all') ? (await listKept()).map(({ id }) => id) : ids;
  for (const id of chosen) {
    await endKept(id);
    stdout.write(`ended ${id}\n`);
  }
}

function table(machines: readonly AboutKept[]): string {
  if (machines.length === 0) return 'no machine is kept\n';
  const rows = machines.map(({ id, check, sinceEpochMs, pid, outcome, cause }) => [
    id,
    check,
    new Date(sinceEpochMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    String(pid),
    `${outcome} (${cause})`,
  ]);
  const all = [['id', 'check', 'kept since', 'QEMU', 'cause'], ...rows];
  const widths = all
    .map((row) => row.map(({ length }) => length))
    .reduce((most, row) => most.map((width, i) => Math.max(width, row[i] ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] as number))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
