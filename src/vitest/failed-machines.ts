import { keeper, refuseToKeepInCi } from '../harness/kept/keeper.ts';
import type { Machine } from '../harness/machine.ts';
import { isFailure, judgeError } from '../phases/verdict.ts';

/** A test as vitest tells of it. */
export interface EndedTest {
  readonly name: string;
  /** Whether it is to fail (`test.fails`). */
  readonly fails?: boolean;
  readonly result?: { readonly errors?: readonly unknown[] };
}

/** What becomes of the machines of failed tests: with `BRINGUP_KEEP_FAILED` set to anything but 0 they are kept, and the file waits for their end. */
export class FailedMachines implements AsyncDisposable {
  /** Whether they are kept. */
  readonly areKept: boolean;
  readonly #ids: string[] = [];

  /** @throws BringupError `usage` in CI, where nobody could end them. */
  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.areKept = !['', '0', undefined].includes(env.BRINGUP_KEEP_FAILED);
    if (this.areKept) refuseToKeepInCi('BRINGUP_KEEP_FAILED', env);
  }

  /** Keeps the machine where its test failed and failed ones are kept; else disposes it. */
  async putAway(machine: Machine, error: unknown, { name, fails }: EndedTest): Promise<void> {
    const verdict = error === undefined || fails ? undefined : judgeError(error);
    if (!this.areKept || verdict === undefined || !isFailure(verdict)) return machine[Symbol.asyncDispose]();
    const { outcome, cause, message } = verdict;
    const keeping = await keeper.keep(machine, { check: name, outcome, cause });
    if ('kept' in keeping) this.#ids.push(keeping.kept);
    const what = 'kept' in keeping ? `machine kept: bringup attach ${keeping.kept}` : `machine not kept: ${keeping.notKept}`;
    process.stderr.write(`bringup: ${what}\n  ${name}: ${message}\n`);
  }

  /** Waits until no machine is kept any more: vitest ends the process with its file. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ids.length === 0) return;
    process.stderr.write('bringup: the test file waits for the end of its kept machines: attach from another terminal, end them with\n');
    process.stderr.write(`  bringup attach --end ${this.#ids.join(' ')}\n`);
    await keeper.allEnded();
  }
}
