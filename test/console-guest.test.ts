import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { Machine } from '../src/harness/machine.ts';

/** Gathers raw bytes after a marker, until there are that many. */
function rawBytesAfter(machine: Machine, marker: string, count: number): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  let gathered = Buffer.alloc(0);
  const stop = machine.console.onBytes((bytes) => {
    gathered = Buffer.concat([gathered, bytes]);
    const at = gathered.indexOf(marker);
    if (at === -1 || gathered.length < at + marker.length + count) return;
    stop();
    resolve(gathered.subarray(at + marker.length, at + marker.length + count));
  });
  return promise;
}

const promptComes = { timeoutMs: 60_000 };

test('all 256 byte values pass both ways through a raw terminal of the guest', async () => {
  await using machine = await boot(linuxArm64);
  const { console } = machine;
  const all = Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 7) % 256));
  const back = rawBytesAfter(machine, 'raw\n', all.length);
  // Typed in pieces, so that the echo holds no marker. The guest reads exactly so many bytes, and sends them back.
  await console.sendLine(`s=$(stty -g); stty raw -echo; echo r''aw; head -c ${all.length} >/tmp/in; cat /tmp/in; stty "$s"; echo "d"one`);
  await console.expect(/^raw\n?/m, { timeoutMs: 10_000 });
  await console.send(all);
  expect(await back).toEqual(all);
  await console.expect(/done\n/, promptComes);
  const { output } = await machine.shell.run('sha256sum </tmp/in');
  expect(output).toBe(`${createHash('sha256').update(all).digest('hex')}  -`);
});

test('2 MB through a guest’s console arrive whole, and a prompt is found after them', async () => {
  await using machine = await boot(linuxArm64);
  const { console } = machine;
  const line = '0123456789 abcdefghijklmnopqrstuvwxyz /dev/console login: PASS FAIL';
  const sizeBytes = 2_000_000;
  const expected = `${line}\n`.repeat(Math.ceil(sizeBytes / (line.length + 1))).slice(0, sizeBytes);
  const chunks: Uint8Array[] = [];
  // The guest's terminal puts a CR before each LF.
  console.onBytes((bytes) => void chunks.push(bytes.filter((byte) => byte !== 0x0d)));
  await console.sendLine(`clear=''; echo beg''in; yes '${line}' | head -c ${sizeBytes}; echo; echo e''nd`);
  await console.expect(/^end\n\/ # $/m, { timeoutMs: 90_000 });
  // Looked for in the whole: any two bytes may come in two chunks.
  const received = Buffer.concat(chunks).toString('latin1');
  const start = received.indexOf('begin\n') + 'begin\n'.length;
  const end = received.lastIndexOf('\nend\n');
  expect(end - start).toBe(sizeBytes);
  expect(received.slice(start, end) === expected).toBe(true);
  expect(await machine.shell.run('echo usable')).toMatchObject({ output: 'usable', exitStatus: 0 });
});

test('1 MB without a newline is no obstacle for the prompt after it, nor for the shell', async () => {
  await using machine = await boot(linuxArm64);
  const { console } = machine;
  const bytesBefore = console.bytesReceived;
  await console.sendLine("head -c 1000000 /dev/zero | tr '\\0' x");
  await console.expect(/x\/ # $/, promptComes);
  expect(console.bytesReceived - bytesBefore).toBeGreaterThanOrEqual(1_000_000);
  const onTty = await machine.shell.run("head -c 1000000 /dev/zero | tr '\\0' y");
  expect(onTty.output === 'y'.repeat(1_000_000)).toBe(true);
  const captured = await machine.shell.run("head -c 200000 /dev/zero | tr '\\0' z", { captured: true });
  expect(captured.output === 'z'.repeat(200_000)).toBe(true);
  expect(await machine.shell.run('echo usable')).toMatchObject({ output: 'usable' });
});
