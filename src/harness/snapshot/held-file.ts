import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A file that this process holds open: it stays as long as that, whoever removes its name meanwhile, and it needs none. Other
 * processes of the same user open it as `path` (Linux, proc(5)).
 */
export class HeldFile implements Disposable {
  readonly fd: number;
  #isClosed = false;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** A new file without a name: nothing of it is left when its last user is gone, however that ends. */
  static unnamed(): HeldFile {
    const path = join(tmpdir(), `bringup-${randomUUID()}`);
    const fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return new HeldFile(fd);
  }

  /** An existing file, to be read. */
  static existing(path: string): HeldFile {
    return new HeldFile(openSync(path, 'r'));
  }

  get path(): string {
    return `/proc/${process.pid}/fd/${this.fd}`;
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.fd);
  }
}
