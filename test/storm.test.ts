import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { Machine } from '../src/harness/machine.ts';
import { findKernelMessage } from '../src/parsers/printk.ts';

/** A command whose answer the host knows; `n` makes each of them another one. */
const commands: ((n: number) => { command: string; output: string; exitStatus: number })[] = [
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
/** Writes single bytes to the console; nothing paces them but the flood's share of the CPU and a sleep. */
const byteWriter = '(while :; do printf x >/dev/console; printf y >/dev/console; usleep 20000; done) &';

test('400 commands in a storm of printk and single bytes give 400 right results', { timeout: 300_000 }, async () => {
  await using machine = await boot(linuxArm64, { append: ['printk.devkmsg=on'] });
  await machine.shell.run('true');
  const wire = watchWire(machine);
  // Two, so that the flood has two thirds of the guest's only CPU.
  await machine.shell.run(printkFlood);
  await machine.shell.run(printkFlood);

  // Under printk alone output is exact even when it is read off the terminal.
  const onTty = await runAll(machine, 100, 0, false);
  // With a byte-wise writer beside it, too, it is when it is captured.
  await machine.shell.run(byteWriter);
  const captured = await runAll(machine, 400, 100, true);

  const { messages, linesPerSecond, cutLines, cutFrames, strayBytes } = wire.figures();
  const resends = [...onTty, ...captured].reduce((sum, result) => sum + result.resends, 0);
  console.log(
    `storm: ${messages} kernel messages, ${Math.round(linesPerSecond)} a second; ${cutLines} of them within other lines, ${cutFrames} within frames; ${strayBytes} stray bytes; ` +
      `${onTty.length + captured.length} commands, ${resends} resends`,
  );
  expect(linesPerSecond).toBeGreaterThanOrEqual(1_000);
  expect(cutLines, 'kernel messages that cut lines of commands').toBeGreaterThan(20);
  // A frame is one write, which a message seldom lands in: ten to a hundred of some thousand, by how the host schedules.
  expect(cutFrames, 'frames that kernel messages cut').toBeGreaterThan(0);
  expect(strayBytes).toBeGreaterThan(300);
});

async function runAll(machine: Machine, count: number, from: number, captured: boolean) {
  const results: { resends: number }[] = [];
  for (let n = from; n < from + count; n += 1) {
    const { command, output, exitStatus } = (commands[n % commands.length] as (typeof commands)[number])(n);
    const result = captured ? await machine.shell.run(command, { captured: true }) : await machine.shell.run(command);
    expect({ command, output: result.output, exitStatus: result.exitStatus }).toEqual({ command, output, exitStatus });
    results.push({ resends: result.resends });
  }
  return results;
}

/** Counts what is on the wire from now on. */
function watchWire(machine: Machine) {
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
  return {
    figures: () => ({ messages, cutLines, cutFrames, strayBytes, linesPerSecond: messages / ((performance.now() - startedAtMs) / 1_000) }),
  };
}
