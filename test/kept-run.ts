import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const root = fileURLToPath(new URL('..', import.meta.url));
const bringupArgv = ['--conditions=bringup-source', join(root, 'src', 'cli', 'main.ts')];

/** A user with a runtime folder of their own, so that nobody else's kept machines are seen or ended. */
export class KeptUser {
  readonly folder: string;
  readonly runtimeDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #holders: KillableProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.runtimeDir = join(folder, 'runtime');
    this.env = { CI: '', GITHUB_ACTIONS: '', NO_COLOR: '1', XDG_RUNTIME_DIR: this.runtimeDir };
  }

  static async create(): Promise<KeptUser> {
    const user = new KeptUser(await mkdtemp(join(tmpdir(), 'bringup-kept-test-')));
    await mkdir(user.runtimeDir);
    return user;
  }

  /** Also ends what a failed test has left running. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#holders) each.kill('SIGKILL');
    await Promise.all(this.#holders);
    await rm(this.folder, { recursive: true });
  }

  /** Has a process that waits for its kept machines end with this user. */
  holds(process: KillableProcess): void {
    this.#holders.push(process);
  }

  /** Sockets of kept machines. */
  async sockets(): Promise<string[]> {
    const folder = join(this.runtimeDir, 'bringup-kept');
    return existsSync(folder) ? readdir(folder) : [];
  }

  async profile(fields: object): Promise<string> {
    const file = join(this.folder, 'profile.json');
    await writeFile(file, JSON.stringify({ id: 'own', extends: 'linux-arm64', ...fields }));
    return file;
  }

  bringup(...argv: string[]) {
    return execa(process.execPath, [...bringupArgv, ...argv], { reject: false, all: true, env: this.env });
  }

  /** With standard streams that are pipes, which are raw bytes. */
  attach(id: string) {
    return new Attached(execa(process.execPath, [...bringupArgv, 'attach', id], { reject: false, env: this.env, encoding: 'buffer' }));
  }

  /** With a terminal (script(1) makes one), where the standard error is the same. */
  attachTerminal(id: string) {
    const line = [process.execPath, ...bringupArgv, 'attach', id].map((word) => `'${word}'`).join(' ');
    return new Attached(execa('script', ['-qec', line, '/dev/null'], { reject: false, env: this.env, encoding: 'buffer' }));
  }
}

type KillableProcess = PromiseLike<unknown> & { kill(signal: NodeJS.Signals): boolean };
type BytesProcess = ReturnType<typeof execa<{ reject: false; encoding: 'buffer' }>>;

/** A process that a test talks to. */
class Attached {
  readonly process: BytesProcess;
  #out = Buffer.alloc(0);

  constructor(process: BytesProcess) {
    this.process = process;
    process.stdout.on('data', (chunk: Buffer) => {
      this.#out = Buffer.concat([this.#out, chunk]);
    });
  }

  get output(): Buffer {
    return this.#out;
  }

  send(bytes: string | Uint8Array): void {
    this.process.stdin.write(bytes);
  }

  end(): void {
    this.process.stdin.end();
  }

  /** What bringup itself said, when the process has ended. */
  async said(): Promise<string> {
    return Buffer.from((await this.process).stderr).toString();
  }

  /** Asks for a prompt until it is there: the shell's line editor drops what was typed before it. */
  async prompt(): Promise<void> {
    const isThere = (): boolean => this.#out.toString('latin1').endsWith('/ # ');
    let askedAtMs = Number.NEGATIVE_INFINITY;
    await until(
      () => {
        if (performance.now() - askedAtMs > 2_000) {
          askedAtMs = performance.now();
          this.send('\n');
        }
        return isThere();
      },
      () => `a prompt: ${JSON.stringify(this.#out.toString('latin1'))}`,
    );
  }

  /** Waits for text in the output. */
  async shows(text: string): Promise<void> {
    await until(
      () => this.#out.includes(text),
      () => `${JSON.stringify(text)} in ${JSON.stringify(this.#out.toString())}`,
    );
  }
}

export async function until(holds: () => boolean | Promise<boolean>, what: () => string, timeoutMs = 120_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what()}`);
    await sleep(50);
  }
}

/** A process that has ended may wait for whoever inherited it to take notice. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
