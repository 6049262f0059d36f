import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';

/** Ends at a line of input. Where its input ends without one, its owner was killed: the folder goes once the workers did, too. */
const removeAfterOwner = 'read -r _ && exit; sleep 1; rm -rf "$0"';

/** A run's folder for what its workers leave. It goes with the run, also with one that dies by SIGKILL. */
export class WorkFolder implements AsyncDisposable {
  readonly path: string;
  readonly #remover: ChildProcess;

  constructor(path: string) {
    this.path = path;
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true });
    // In a group of its own, which Ctrl-C does not reach.
    this.#remover = spawn('sh', ['-c', removeAfterOwner, path], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#remover.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.path, { recursive: true, force: true });
    if (this.#remover.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#remover.once('close', resolve));
    this.#remover.ref();
    this.#remover.stdin?.end('done\n');
    await gone;
  }
}
