import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What is checked, and the program that does it; each is run from the repository's root. */
const checks = [
  { name: 'types', argv: ['tsc', '--project', '.'] },
  { name: 'types of the viewer (it runs in a browser)', argv: ['tsc', '--project', 'src/reporters/viewer'] },
  { name: 'format, lint, import rules', argv: ['biome', 'check', '--error-on-warnings'] },
  { name: 'unused code', argv: ['knip', '--no-progress'] },
] as const;

export const command: Command = {
  name: 'check',
  summary: 'check types, format, lint, import rules and unused code',
  usage: `usage: bringup check

Runs every check, even if one fails. Exit code: 0 all passed, 1 one failed.
`,
  async run(argv, io) {
    parseArguments(argv, {}, { allowPositionals: false });
    const runs = checks.map((check) => runCheck(check));
    let failed = 0;
    for (const run of runs) {
      const { name, ok, output } = await run;
      io.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name}\n`);
      if (ok) continue;
      failed += 1;
      io.stdout.write(`${output}\n`);
    }
    io.stdout.write(failed === 0 ? 'All checks passed.\n' : `${failed} of ${checks.length} checks failed.\n`);
    return failed === 0 ? 0 : 1;
  },
};

async function runCheck({ name, argv: [program, ...args] }: (typeof checks)[number]) {
  const { failed, all, shortMessage } = await execa(program, args, {
    cwd: root,
    preferLocal: true,
    localDir: root,
    all: true,
    reject: false,
    stdin: 'ignore',
  });
  return { name, ok: !failed, output: all || shortMessage };
}
