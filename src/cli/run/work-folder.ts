import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { makeFolder } from '../../reporters/index.ts';

/** Ends at a line of input. Where its input ends without one, its owner was killed: the folder goes once the workers did, too. */
const removeAfterOwner = 'read -r _ && exit; sleep 1; rm -rf "$0"';

/** A run's folder for what its workers leave. It goes with the run, also with one that dies by SIGKILL. */
export class WorkFolder implements AsyncDisposable {
  readonly path: string;
  readonly #remover: ChildProcess;
  readonly #removerEnded: Promise<unknown>;

  /** @throws BringupError as `makeFolder` does. */
  constructor(path: string) {
    this.path = path;
    rmSync(path, { recursive: true, force: true });
    makeFolder(path);
    // In a group of its own, which Ctrl-C does not reach.
    this.#remover = spawn('sh', ['-c', removeAfterOwner, path], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    // Whoever kills it, or keeps it from being started, takes nothing away but the tidying after SIGKILL.
    this.#removerEnded = new Promise((resolve) => this.#remover.once('close', resolve).once('error', resolve));
    this.#remover.stdin?.on('error', () => {});
    this.#remover.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.path, { recursive: true, force: true });
    this.#remover.ref();
    this.#remover.stdin?.end('done\n');
    await this.#removerEnded;
  }
}
