import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { withPrograms } from '../src/artifacts/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { ArtifactProvider } from '../src/model/artifact.ts';

const renewal = '/probes/fork-renewal';
const initramfs = withPrograms(linuxArm64.initramfs as ArtifactProvider, ['fork-renewal']);

test('a fork goes on where the machine was frozen, and so does the machine; neither sees the other', async () => {
  await using machine = await boot(linuxArm64, { initramfs, snapshots: true });
  await machine.shell.run('cd /tmp; name=before; set -- a b; echo first >file; sleep 1000 &');
  await using snapshot = await machine.snapshot({ renewal });
  await machine.shell.run('name=after; echo second >file');

  await using fork = await snapshot.fork();
  expect((await fork.shell.run('kill -0 $! && echo $name $PWD $2 $(cat file)')).output).toBe('before /tmp b first');
  await fork.shell.run('echo third >file');
  await using another = await snapshot.fork();
  expect((await another.shell.run('cat file')).output).toBe('first');
  expect((await machine.shell.run('echo $name; cat file')).output).toBe('after\nsecond');
  expect(fork.markers).toEqual(machine.markers);
}, 120_000);
