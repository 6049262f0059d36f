import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const source = (...names: string[]): string => fileURLToPath(new URL(join('..', ...names), import.meta.url));

const config = `export default {
  ssr: { resolve: { conditions: ['bringup-source', 'node', 'import', 'default'] } },
  test: { include: ['*.test.ts'], pool: 'forks', maxConcurrency: 8 },
};`;

export interface UserRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** State of each test, by its title. */
  readonly tests: Readonly<Record<string, string>>;
}

interface JsonReport {
  readonly testResults: readonly { assertionResults: readonly { title: string; status: string }[] }[];
}

/** Test files of a user of `bringup/vitest`, in a folder and a vitest of their own. Each file's text begins with the imports already. */
export class UserSuite implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(files: Readonly<Record<string, string>>): Promise<UserSuite> {
    const folder = await mkdtemp(join(tmpdir(), 'bringup-user-'));
    const imports = `import { expect } from '${source('node_modules', 'vitest', 'dist', 'index.js')}';
import { test } from '${source('src', 'vitest', 'index.ts')}';\n`;
    await writeFile(join(folder, 'vitest.config.mjs'), config);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.test.ts`), imports + text);
    return new UserSuite(folder);
  }

  /** Runs the files in a vitest of their own. */
  async run(env: Readonly<Record<string, string>>): Promise<UserRun> {
    const report = await mkdtemp(join(this.folder, 'report-'));
    const outputFile = join(report, 'report.json');
    const vitest = source('node_modules', 'vitest', 'vitest.mjs');
    const argv = [vitest, 'run', '--root', this.folder, '--reporter=default', '--reporter=json', `--outputFile.json=${outputFile}`];
    const { exitCode, stdout, stderr } = await execa(process.execPath, argv, {
      reject: false,
      cwd: this.folder,
      env: { ...env, CI: 'true' },
    });
    const { testResults } = (await import(outputFile, { with: { type: 'json' } })).default as JsonReport;
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults.map(({ title, status }) => [title, status] as const));
    return { exitCode, stdout, stderr, tests: Object.fromEntries(tests) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
