/** A process that takes the shared snapshot of the usual machine, forks it once, and says what it did and got. */
import { linuxArm64 } from '../kernel/index.ts';
import { sharedSnapshot } from '../src/phases/shared-snapshot.ts';

const snapshot = await sharedSnapshot(linuxArm64, {}, { onProgress: (message) => console.log(message) });
const fork = await snapshot.fork();
console.log(`uuid ${(await fork.shell.run('cat /proc/sys/kernel/random/uuid')).output}`);
await fork[Symbol.asyncDispose]();
await snapshot[Symbol.asyncDispose]();
