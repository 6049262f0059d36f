import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { debianCloudKernel, standardInitramfs, virtioModules } from '../artifacts/index.ts';
import { ensureRequirements } from '../artifacts/requirements.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { type Tally, tallyLine, tallyReporter } from './test/tally.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const command: Command = {
  name: 'test',
  summary: 'run the project’s own tests',
  usage: `usage: bringup test [FILTER...] [-t RE]

  FILTER                    only test files whose path contains it
  -t, --testNamePattern RE  only tests whose name matches

Exit code: 0 all passed, 1 a test failed or none ran. The last line counts them: "12 passed, 0 failed".
`,
  async run(argv, io) {
    const { values, positionals } = parseArguments(argv, { testNamePattern: { type: 'string', short: 't' } });
    const onProgress = (message: string): void => void io.stderr.write(`bringup: ${message}\n`);
    await ensureRequirements('test', { onProgress });
    // Before the first test, whose time-out is not meant for a build.
    await standardInitramfs({ modules: virtioModules })({ onProgress });
    await debianCloudKernel({ arch: 'arm64' })({ onProgress });
    // Loaded late: it takes a third of a second, which --help should not.
    const { startVitest } = await import('vitest/node');
    const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
    const reporters = ['default', tallyReporter(tally)];
    await startVitest(positionals, { ...values, root, watch: false, reporters });
    if (!io.stdout.write(`${tallyLine(tally)}\n`)) await once(io.stdout, 'drain');
    return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
  },
};
