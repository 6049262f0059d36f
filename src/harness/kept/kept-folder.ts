import { closeSync, constants, fstatSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BringupError } from '../../model/errors.ts';

/** A socket that nobody listens on was left by a process that died; a younger one may be about to be listened on. */
const bindToListenMs = 10_000;

/**
 * The user's folder of kept machines: a socket each, named by the machine's id, and nothing else. It is `bringup-kept` below
 * `$XDG_RUNTIME_DIR`, else `bringup-kept-<uid>` in the folder for temporary files.
 */
export class KeptFolder implements Disposable {
  readonly path: string;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  /**
   * Opens the folder, which is made where it is missing.
   * @throws BringupError `harness-fault` where it is somebody else's, or others may enter it: who does has the guests' consoles.
   */
  static open(env: NodeJS.ProcessEnv = process.env): KeptFolder {
    const uid = process.geteuid?.() ?? 0;
    const path = env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'bringup-kept') : join(tmpdir(), `bringup-kept-${uid}`);
    const descriptor = openFolder(path);
    const { uid: owner, mode } = fstatSync(descriptor);
    if (owner === uid && (mode & 0o077) === 0) return new KeptFolder(path, descriptor);
    closeSync(descriptor);
    throw new BringupError('harness-fault', `the folder of kept machines, ${path}, is not this user’s alone`, {
      hint: 'remove it, or set XDG_RUNTIME_DIR to a folder of your own.',
    });
  }

  /** The ids of the machines that were kept, of processes that died, too. */
  ids(): string[] {
    return readdirSync(this.path).sort();
  }

  /** A name for the machine's socket that fits a socket's address (unix(7): 108 bytes), wherever the folder is. Holds as long as the folder is open. */
  socketPath(id: string): string {
    return `/proc/self/fd/${this.#descriptor}/${id}`;
  }

  /** Removes the machine's socket, if there is one. */
  remove(id: string): void {
    rmSync(join(this.path, id), { force: true });
  }

  /** Removes a socket that nobody listens on, unless it is too young to tell. */
  reap(id: string): void {
    const made = statSync(join(this.path, id), { throwIfNoEntry: false })?.ctimeMs;
    if (made !== undefined && Date.now() - made > bindToListenMs) this.remove(id);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

function openFolder(path: string): number {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(path, error);
  }
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): BringupError {
  return new BringupError('harness-fault', `the folder of kept machines, ${path}, can’t be used: ${(cause as Error).message}`, {
    hint: 'set XDG_RUNTIME_DIR to a folder of your own that exists.',
    cause,
  });
}
