import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { BringupError } from '../model/errors.ts';
import { linkFds, type QemuSpec } from './qemu-argv.ts';

/** How a process ended. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** QEMU's own complaints are short; what exceeds this is cut at the front. */
const stderrLimitChars = 16_384;

/**
 * Shell text that runs its arguments only while its parent is still the process that asked: closes the gap between
 * fork and prctl(2) PR_SET_PDEATHSIG, in which a parent's death would go unnoticed.
 */
const execWhileParentLives = '[ "$PPID" = "$0" ] && exec "$@"';

/** What QEMU is given besides its arguments. */
interface Inheritance extends Partial<Pick<QemuSpec, 'gdbstub' | 'incoming' | 'networks'>> {
  /** What its arguments name by this process's descriptors; disposed when QEMU is gone, or did not start. */
  readonly files?: Disposable;
}

/** Socket pairs besides serial line and QMP, by descriptor from 5 on. */
function furtherSockets({ gdbstub, incoming, networks = [] }: Inheritance): ('pipe' | 'ignore')[] {
  const links = Array.from(linkFds({ networks }), () => 'pipe' as const);
  if (links.length > 0 || incoming) return [gdbstub ? 'pipe' : 'ignore', incoming ? 'pipe' : 'ignore', ...links];
  return gdbstub ? ['pipe'] : [];
}

/**
 * A QEMU process that dies with this one, SIGKILL included. Serial line, QMP and gdbstub are socket pairs that it
 * inherits, so nothing of it has a path.
 *
 * Must be created on a thread that lives as long as QEMU should: the kernel signals the death of the parent *thread*.
 */
export class QemuProcess implements AsyncDisposable {
  readonly pid: number;
  readonly serial: Socket;
  readonly qmp: Socket;
  /** Undefined where QEMU was started without. */
  readonly gdb: Socket | undefined;
  /** Takes a saved state; undefined where QEMU was started without. */
  readonly state: Socket | undefined;
  /** Networks of kind `socket`, by their ids. */
  readonly links: ReadonlyMap<string, Socket>;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;
  #exit: ProcessExit | undefined;
  #stderr = '';

  private constructor(child: ChildProcess, links: ReadonlyMap<string, number>) {
    this.#child = child;
    this.pid = child.pid as number;
    this.serial = child.stdio[3] as Socket;
    this.qmp = child.stdio[4] as Socket;
    this.gdb = (child.stdio.at(5) ?? undefined) as Socket | undefined;
    this.state = (child.stdio.at(6) ?? undefined) as Socket | undefined;
    this.links = new Map(Array.from(links, ([id, fd]) => [id, child.stdio.at(fd) as unknown as Socket]));
    // Whoever writes to a link of a QEMU that is gone learns of that from the machine.
    for (const link of this.links.values()) link.on('error', () => {});
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrLimitChars);
    });
    this.exited = new Promise((resolve) => {
      child.once('close', (exitCode, signal) => {
        this.#exit = { exitCode, signal };
        resolve(this.#exit);
      });
    });
  }

  /**
   * Starts QEMU in a process group of its own; `gdbstub`, `incoming` and `networks` as its arguments have them.
   * @throws BringupError `qemu-start-failed` when the program can't be started.
   */
  static async start(program: string, argv: readonly string[], { files, ...sockets }: Inheritance = {}): Promise<QemuProcess> {
    const supervised = ['--pdeathsig', 'KILL', 'sh', '-c', execWhileParentLives, String(process.pid), program, ...argv];
    const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', ...furtherSockets(sockets)];
    const child = spawn('setpriv', supervised, { stdio, detached: true });
    try {
      await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    } catch (error) {
      files?.[Symbol.dispose]();
      throw new BringupError('qemu-start-failed', `${program} could not be started: ${(error as Error).message}`, {
        hint: 'run `./bringup doctor` to see what is missing (setpriv is in util-linux).',
        cause: error,
      });
    }
    const qemu = new QemuProcess(child, linkFds(sockets));
    if (files) void qemu.exited.then(() => files[Symbol.dispose]());
    return qemu;
  }

  /** What QEMU printed on standard error so far. */
  get stderr(): string {
    return this.#stderr.trim();
  }

  /** Set once the process is gone. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Whether this process is to live on for QEMU's sake, as it does at first. */
  keepParentAlive(isKept: boolean): void {
    const sockets = [this.serial, this.qmp, this.gdb, this.state, ...this.links.values(), this.#child.stderr as Socket | null];
    for (const handle of [this.#child, ...sockets]) {
      if (isKept) handle?.ref();
      else handle?.unref();
    }
  }

  /** Sends SIGKILL to the process group; harmless when it is gone. */
  kill(): void {
    if (this.#exit !== undefined) return;
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    this.serial.destroy();
    this.qmp.destroy();
    this.gdb?.destroy();
    this.state?.destroy();
    for (const link of this.links.values()) link.destroy();
    this.#child.stderr?.destroy();
    await this.exited;
  }
}
