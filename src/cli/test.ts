import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ensureRequirements } from '../artifacts/requirements.ts';
import { BringupError } from '../model/errors.ts';
import type { Command } from './command.ts';
import { type Tally, tallyLine, tallyReporter } from './test/tally.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const command: Command = {
  name: 'test',
  summary: 'run the project’s own tests',
  usage: `usage: bringup test [FILTER...] [VITEST OPTION...]

  FILTER      run only the test files whose path contains it
  -t RE       run only the tests whose name matches
  Other options of vitest are passed on.

Exit code: 0 all passed, 1 a test failed or none ran. The last line counts them.
`,
  async run(argv, io) {
    await ensureRequirements('test', { onProgress: (message) => io.stderr.write(`bringup: ${message}\n`) });
    // Loaded late: it takes a third of a second, which --help should not.
    const { parseCLI, startVitest } = await import('vitest/node');
    const { filter, options } = parsed(() => parseCLI(['vitest', 'run', ...argv]));
    const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
    const reporters = [...[options.reporters ?? 'default'].flat(), tallyReporter(tally)];
    await startVitest(filter, { ...options, root, watch: false, reporters });
    if (!io.stdout.write(`${tallyLine(tally)}\n`)) await once(io.stdout, 'drain');
    return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
  },
};

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new BringupError('usage', (error as Error).message, { hint: 'options are those of `vitest run`.', cause: error });
  }
}
