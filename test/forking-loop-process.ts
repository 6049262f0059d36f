/**
 * A process that forks machines until it is killed, for tests that kill it. Prints `opening` when it begins (with an empty store it boots
 * one first), `open` when it has the snapshot, then a line a fork.
 */
import { writeSync } from 'node:fs';
import { linuxArm64 } from '../kernel/index.ts';
import { sharedSnapshot } from '../src/phases/shared-snapshot.ts';

writeSync(1, 'opening\n');
const snapshot = await sharedSnapshot(linuxArm64, {});
writeSync(1, 'open\n');
for (;;) {
  const fork = await snapshot.fork();
  writeSync(1, `${(await fork.shell.run('echo forked')).output}\n`);
  await fork[Symbol.asyncDispose]();
}
