import { type ChildProcess, spawn } from 'node:child_process';
import { boot } from '../src/harness/boot.ts';
import type { Machine } from '../src/harness/machine.ts';
import type { KernelProfile } from '../src/model/profile.ts';
import { findKernelMessage } from '../src/parsers/printk.ts';

export interface StormOptions {
  /** Commands whose output is read off the terminal, under printk alone: on a console nobody can tell other programs' bytes apart. */
  readonly onTerminal: number;
  /** Commands whose output is captured, with a byte-wise writer on console and terminal beside. */
  readonly captured: number;
  /** Processes that keep the host's cores busy meanwhile. @default 0 */
  readonly busyCores?: number;
}

/** What came of the commands, and what proves that there was a storm. */
export interface StormFigures {
  readonly commands: number;
  /** Where they ran. */
  readonly shellOn: KernelProfile['shellOn'];
  /** `command: what came` of each whose result was not the right one. */
  readonly wrong: readonly string[];
  /** How often something was typed or sent again. */
  readonly resends: number;
  /** From the kernel, on the console. */
  readonly messages: number;
  readonly messagesPerSecond: number;
  /** Kernel messages in the middle of other lines, and in the middle of frames, on the console. */
  readonly cutLines: number;
  readonly cutFrames: number;
  /** Bytes of the byte-wise writer. */
  readonly strayBytes: number;
}

interface Case {
  readonly command: string;
  readonly output: string;
  readonly exitStatus: number;
}

/** Commands whose answer the host knows; `n` makes each of them another one. */
const cases: readonly ((n: number) => Case)[] = [
  (n) => ({ command: `echo "line $((${n} * 7))"`, output: `line ${n * 7}`, exitStatus: 0 }),
  (n) => ({ command: `printf '%s\\n' a${n} b${n} c${n}; (exit ${n % 200})`, output: `a${n}\nb${n}\nc${n}`, exitStatus: n % 200 }),
  (n) => ({ command: `printf 'no newline %d' ${n}`, output: `no newline ${n}`, exitStatus: 0 }),
  (n) => ({ command: `x=${n}; y=$((x + 1)); [ "$y" = ${n} ]`, output: '', exitStatus: 1 }),
  (n) => ({
    command: `for i in 1 2 3 4 5 6 7 8 9 10; do echo "$i:${n}"; done`,
    output: Array.from({ length: 10 }, (_, i) => `${i + 1}:${n}`).join('\n'),
    exitStatus: 0,
  }),
  (n) => ({ command: `echo 'ünïcödé ${n} "%s" \\n'`, output: `ünïcödé ${n} "%s" \\n`, exitStatus: 0 }),
  (n) => ({ command: `echo '[not a kernel message] ${n} / # '; false`, output: `[not a kernel message] ${n} / # `, exitStatus: 1 }),
  (n) => ({ command: `echo ${'w'.repeat(300)}${n}`, output: `${'w'.repeat(300)}${n}`, exitStatus: 0 }),
];

/** Floods the kernel's log: a write to /dev/kmsg is a printk (Linux Documentation/ABI/testing/dev-kmsg). */
const printkFlood = '(while :; do echo "<4>storm: eth0: link up"; done >/dev/kmsg) &';
/** Writes single bytes to the console and to the shell's terminal; nothing paces them but the flood's share of the CPU and a sleep. */
const byteWriter = '(while :; do printf x >/dev/console; printf y >/dev/tty; usleep 20000; done) &';

/** Runs commands with known answers on a guest whose kernel floods its console. */
export async function shellStorm(profile: KernelProfile, { onTerminal, captured, busyCores = 0 }: StormOptions): Promise<StormFigures> {
  const load = Array.from({ length: busyCores }, () => keepBusy());
  try {
    await using machine = await boot(profile, { append: ['printk.devkmsg=on'] });
    await machine.shell.run('true');
    const wire = watchWire(machine);
    // Two, so that the flood has two thirds of the guest's only CPU.
    await machine.shell.run(printkFlood);
    await machine.shell.run(printkFlood);
    const first = await runAll(machine, 0, onTerminal, false);
    await machine.shell.run(byteWriter);
    const second = await runAll(machine, onTerminal, captured, true);
    return {
      commands: onTerminal + captured,
      shellOn: machine.shellOn,
      wrong: [...first.wrong, ...second.wrong],
      resends: first.resends + second.resends,
      ...wire(),
    };
  } finally {
    for (const child of load) child.kill('SIGKILL');
  }
}

async function runAll(machine: Machine, from: number, count: number, captured: boolean): Promise<{ wrong: string[]; resends: number }> {
  const wrong: string[] = [];
  let resends = 0;
  for (let n = from; n < from + count; n++) {
    const { command, output, exitStatus } = (cases[n % cases.length] as (typeof cases)[number])(n);
    try {
      const result = captured ? await machine.shell.run(command, { captured: true }) : await machine.shell.run(command);
      resends += result.resends;
      if (result.output !== output || result.exitStatus !== exitStatus)
        wrong.push(`${command}: ${JSON.stringify(result.output)}, ${result.exitStatus}`);
    } catch (error) {
      if (machine.ended) throw error;
      wrong.push(`${command}: ${error}`);
    }
  }
  return { wrong, resends };
}

/** Counts what is on the wire from now on. */
function watchWire(machine: Machine): () => Omit<StormFigures, 'commands' | 'shellOn' | 'wrong' | 'resends'> {
  const startedAtMs = performance.now();
  let messages = 0;
  let cutLines = 0;
  let cutFrames = 0;
  let strayBytes = 0;
  machine.console.onLine(({ text }) => {
    const message = findKernelMessage(text);
    if (message) messages += 1;
    if (message && message.index > 0) cutLines += 1;
    if (message && text.lastIndexOf('@@br:', message.index) !== -1) cutFrames += 1;
  });
  machine.console.onText((text) => {
    strayBytes += text.match(/(?<=^|\n|x|y)[xy]/g)?.length ?? 0;
  });
  return () => ({ cutLines, cutFrames, strayBytes, messages, messagesPerSecond: messages / ((performance.now() - startedAtMs) / 1_000) });
}

function keepBusy(): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
}
