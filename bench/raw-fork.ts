import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { qemuArgv, qemuPrograms, stateFd } from '../src/harness/qemu-argv.ts';
import { forkFiles } from '../src/harness/snapshot/frozen-files.ts';
import { renewalLine } from '../src/harness/snapshot/renewal.ts';
import type { FrozenMachine } from '../src/harness/snapshot/snapshot.ts';

/**
 * The least that forks a frozen machine: QEMU with the same arguments, QMP's commands one after the other, the serial line searched
 * for bytes. It renews random pool and clock as ours does, by the same line to the same program.
 */
export class RawFork {
  readonly #qemu: ChildProcess;
  readonly #state: Uint8Array;
  readonly #files: Disposable;
  #text = '';
  #whenText: (() => void) | undefined;
  #replies = '';
  #whenReply: (() => void) | undefined;

  constructor({ frozen, parts: { files, state } }: FrozenMachine) {
    // RAM, and an empty overlay for each disk.
    const own = forkFiles(frozen.spec, files);
    this.#files = own;
    const { spec } = own;
    this.#qemu = spawn(qemuPrograms[spec.arch], qemuArgv(spec), {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe', 'ignore', 'pipe'],
    });
    this.#state = state;
    this.#socket(3).on('data', (bytes: Buffer) => {
      this.#text += bytes.toString('latin1');
      this.#whenText?.();
    });
    this.#socket(4).on('data', (bytes: Buffer) => {
      this.#replies += bytes.toString('latin1');
      this.#whenReply?.();
    });
  }

  /** Up to where a waiting QEMU is told what to fork. */
  async prepare(): Promise<void> {
    await this.#said('"QMP"');
    await this.#ask('{"execute":"qmp_capabilities"}', '"return"');
    const capabilities = '[{"capability":"x-ignore-shared","state":true},{"capability":"events","state":true}]';
    await this.#ask(`{"execute":"migrate-set-capabilities","arguments":{"capabilities":${capabilities}}}`, '"return"');
  }

  /** From there to the output of the first command. */
  async run(): Promise<void> {
    this.#socket(6).end(this.#state);
    await this.#ask(`{"execute":"migrate-incoming","arguments":{"uri":"fd:${stateFd}"}}`, '"status": "completed"');
    await this.#ask('{"execute":"cont"}', '"return"');
    this.#socket(3).write(`${renewalLine()}\n`);
    // The end that the shell reports of the program: the same frame that ours waits for.
    await this.#printed(/@@br:\w+:\d+:3:0:/);
    this.#socket(3).write('echo forked-$((40+2))\n');
    await this.#printed(/forked-42/);
  }

  async kill(): Promise<void> {
    const exited = new Promise((resolve) => this.#qemu.once('exit', resolve));
    this.#qemu.kill('SIGKILL');
    await exited;
    this.#files[Symbol.dispose]();
  }

  #socket(fd: number): Socket {
    return this.#qemu.stdio[fd] as Socket;
  }

  async #ask(command: string, answer: string): Promise<void> {
    this.#replies = '';
    this.#socket(4).write(command);
    await this.#said(answer);
  }

  async #said(text: string): Promise<void> {
    while (!this.#replies.includes(text)) {
      await new Promise<void>((resolve) => {
        this.#whenReply = resolve;
      });
    }
  }

  async #printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#text)) {
      await new Promise<void>((resolve) => {
        this.#whenText = resolve;
      });
    }
  }
}
