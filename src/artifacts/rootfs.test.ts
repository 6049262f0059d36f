import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { directory, file } from './cpio-entry.ts';
import { writeCpio } from './cpio-write.ts';
import { arrange, baseDirectories, busyboxEntries, earlyDevices, skeleton } from './rootfs.ts';

test('a skeleton’s entries do not depend on the checkout: scripts are executable, the rest is not, root owns all', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'bringup-skeleton-'));
  await mkdir(join(dir, 'etc'), { mode: 0o700 });
  await writeFile(join(dir, 'etc/rc'), '#!/bin/sh\n');
  await writeFile(join(dir, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await chmod(join(dir, 'etc/rc'), 0o600);
  await chmod(join(dir, 'etc/passwd'), 0o777);
  expect(arrange(await skeleton(dir))).toEqual([
    directory('etc', 0o755),
    file('etc/passwd', Buffer.from('root:x:0:0:root:/root:/bin/sh\n'), 0o644),
    file('etc/rc', Buffer.from('#!/bin/sh\n'), 0o755),
  ]);
  await rm(dir, { recursive: true });
});

test('the parts together are an archive that can be unpacked in order', () => {
  const busybox = busyboxEntries(new Uint8Array(4), ['/bin/busybox', '/bin/sh', '/sbin/init', '/usr/sbin/chroot', '/linuxrc']);
  expect(() => writeCpio(arrange([...busybox, ...earlyDevices, ...baseDirectories()]))).not.toThrow();
  expect(busybox.filter(({ path }) => path === 'bin/busybox')).toHaveLength(1);
});

test('of two entries with one path the later stays', () => {
  expect(arrange([file('a', 'old'), directory('.'), file('a', 'new')])).toEqual([directory('.'), file('a', 'new')]);
});
