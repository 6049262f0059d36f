import { rm } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { execa } from 'execa';
import type { BringupError } from '../../../model/errors.ts';
import { defineKernelProfile } from '../../../model/profile.ts';
import { Console } from '../../console/console.ts';
import type { CommandStep } from '../command.ts';
import { Shell } from '../shell.ts';

/** Bytes on their way from or to the shell, as a bad line would change them. */
export type Damage = (bytes: Buffer) => Buffer;

/** A real shell of this host on a pseudo-terminal, where a guest's would be. */
export interface LocalShell extends AsyncDisposable {
  readonly shell: Shell;
  readonly console: Console;
  readonly steps: CommandStep[];
  readonly fate: AbortController;
  /** What waits that ran out asked about, as the console was then. */
  readonly explained: BringupError[];
  /** Damage between shell and console; changed at will. */
  damagePrinted: Damage;
  damageTyped: Damage;
}

export function localShell(program: string, { maxLineBytes = 1_000 } = {}): LocalShell {
  // script(1) holds the terminal: what it reads is typed, what it prints was printed.
  const env = { PATH: process.env.PATH ?? '', PS1: '/ # ', HOME: '/', TERM: 'dumb', HISTFILE: '' };
  // It dies with this process, however that ends, and the shell with its terminal.
  const child = execa('setpriv', ['--pdeathsig', 'KILL', 'script', '-qfc', `exec ${program}`, '/dev/null'], {
    env,
    extendEnv: false,
    buffer: false,
    reject: false,
  });
  for (const stream of [child.stdin, child.stdout]) stream.on('error', () => {});
  const line = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      child.stdin.write(local.damageTyped(chunk), () => done());
    },
  });
  child.stdout.on('data', (chunk: Buffer) => line.push(local.damagePrinted(chunk)));
  const console = new Console(line);
  const captureFiles = new Set<string>();
  console.onLine(({ text }) => {
    for (const [file] of text.matchAll(/\/tmp\/\.bringup-[0-9a-f]{8}/g)) captureFiles.add(file);
  });
  const profile = defineKernelProfile({
    id: 'local',
    title: 'a shell of this host',
    arch: 'x86_64',
    kernel: '/dev/null',
    cmdline: [],
    machine: { type: 'none', cpu: 'none' },
    memoryMiB: 1,
    vcpus: 1,
    prompt: /\/ # $/,
    shellDialect: 'posix',
    console: { maxLineBytes },
  });
  const fate = new AbortController();
  const steps: CommandStep[] = [];
  const explained: BringupError[] = [];
  const explain = async (error: BringupError): Promise<BringupError> => {
    explained.push(error);
    return error;
  };
  const local: LocalShell = {
    shell: new Shell({ console, machineConsole: console, profile, fate: fate.signal, explain, onStep: (step) => steps.push(step) }),
    console,
    steps,
    fate,
    explained,
    damagePrinted: (bytes) => bytes,
    damageTyped: (bytes) => bytes,
    async [Symbol.asyncDispose]() {
      await console[Symbol.asyncDispose]();
      // Its terminal goes with it, which hangs up on the shell.
      child.kill('SIGKILL');
      await child;
      for (const file of captureFiles) await rm(file, { force: true });
    },
  };
  return local;
}
