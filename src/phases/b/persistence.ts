import assert from 'node:assert/strict';
import { type CheckDraft, check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { assertCleanOnHost, ext2Disk, guestHashes, inventory, mount } from './volumes.ts';

/** What was written is there after a reboot, and on the host. */
export const persistenceChecks = [
  check(
    'b.reboot.touch',
    '`mount -t ext2 /dev/vda1 /mnt`; `touch /mnt/a; sync`; reboot; /mnt/a exists',
    { guest: { init: 'shell', disks: [ext2Disk({ sizeMiB: 16 })] } },
    async (context) => {
      await succeed(context, 'mkdir -p /mnt');
      await succeed(context, 'mount -t ext2 /dev/vda1 /mnt');
      await succeed(context, 'touch /mnt/a; sync');
      const again = await context.restart('reboot');
      await succeed(again, 'mkdir -p /mnt; mount -t ext2 /dev/vda1 /mnt');
      assert.equal(await succeed(again, 'test -f /mnt/a && echo exists'), 'exists');
    },
  ),

  check(
    'b.reboot.zeros-128-mib',
    '`dd if=/dev/zero of=/mnt/big bs=1M count=128; sync; md5sum /mnt/big` prints the same after a reboot',
    { guest: { init: 'shell', disks: [ext2Disk({ sizeMiB: 160, blockSize: 4096 })] } },
    async (context) => {
      await mount(context);
      const before = await succeed(context, 'dd if=/dev/zero of=/mnt/big bs=1M count=128; sync; md5sum /mnt/big');
      // MD5 of 2^27 zeros.
      assert.match(before, /^fde9e0818281836e4fc0edfede2b8762 {2}\/mnt\/big$/m);
      const again = await context.restart('reboot');
      await mount(again);
      assert.equal(await succeed(again, 'md5sum /mnt/big'), 'fde9e0818281836e4fc0edfede2b8762  /mnt/big');
    },
  ),

  ...([1024, 2048, 4096] as const).map(randomFile),

  check(
    'b.reboot.inodes',
    'modes, owners, times, devices and pipes are the same after a reboot',
    { guest: { init: 'shell', disks: [ext2Disk({ sizeMiB: 16 })] } },
    async (context) => {
      await mount(context);
      for (const mode of ['0', '1', '22', '333', '640', '755', '1777', '2755', '4711', '7777'])
        await succeed(context, `echo ${mode} > /mnt/mode-${mode} && chmod ${mode} /mnt/mode-${mode}`);
      await succeed(context, 'mkdir /mnt/sticky && chmod 1777 /mnt/sticky && mkdir /mnt/closed && chmod 0 /mnt/closed');
      // ext2 keeps the halves of an id apart: beyond 65535 the second one counts, too.
      for (const owner of ['1:2', '65535:65534', '65536:70000', '4000000000:3000000000'])
        await succeed(context, `f=/mnt/owner-${owner.replace(':', '-')} && echo > $f && chown ${owner} $f`);
      for (const date of ['1970-01-02 03:04:05', '1999-12-31 23:59:59', '2038-01-19 03:14:07'])
        await succeed(context, `f="/mnt/date-${date.slice(0, 4)}" && echo > $f && touch -d '${date}' $f`);
      await succeed(context, 'mkfifo /mnt/pipe && mknod /mnt/device c 240 1000 && mknod /mnt/block b 259 70000');
      const devices = await succeed(context, "stat -c '%n %t %T' /mnt/device /mnt/block");
      assert.equal(devices, '/mnt/device f0 3e8\n/mnt/block 103 11170');
      const names = await inventory(context);
      for (const line of [/mode-7777'? mode 8fff /, /owner 4000000000:3000000000 /, /date-1999'? .* modified 946684799 /])
        assert.match(names, line);
      const again = await context.restart('reboot');
      await mount(again);
      assert.equal(await inventory(again), names, 'names, modes, owners, links, sizes and times after the reboot');
      assert.equal(await succeed(again, "stat -c '%n %t %T' /mnt/device /mnt/block"), devices);
      await again.end('poweroff');
      await assertCleanOnHost(context);
    },
  ),
];

/** Where triple indirect blocks begin, and a little more, in KiB: behind 12, then n, then n x n blocks, where n numbers of 4 bytes fill one (ext2's i_block). */
const tripleIndirectKiB = { 1024: 65_900, 2048: 525_400, 4096: 4_198_500 };

/** The file's blocks are direct, single and double indirect; another one's are triple indirect, behind a hole. */
function randomFile(blockSize: 1024 | 2048 | 4096): CheckDraft {
  const title = `64 MiB of random bytes at blocks of ${blockSize / 1024} KiB have the same hash after a reboot, and on the host`;
  const disk = ext2Disk({ sizeMiB: 96, blockSize });
  return check(`b.reboot.random-64-mib-${blockSize / 1024}k`, title, { guest: { init: 'shell', disks: [disk] } }, async (context) => {
    await mount(context);
    await succeed(context, 'dd if=/dev/urandom of=/mnt/random bs=1M count=64 && sync');
    const hashes = await guestHashes(context);
    const from = tripleIndirectKiB[blockSize];
    await succeed(context, `dd if=/dev/urandom of=/tmp/piece bs=1k count=32 && dd if=/tmp/piece of=/mnt/far bs=1k seek=${from} && sync`);
    const piece = await succeed(context, 'sha256sum < /tmp/piece');
    const again = await context.restart('reboot');
    await mount(again);
    const far = `dd if=/mnt/far bs=1k skip=${from}`;
    assert.equal(
      await succeed(again, `${far} 2>/dev/null | sha256sum`),
      piece,
      `SHA-256 of 32 KiB at ${from} KiB of a file, behind a hole`,
    );
    // The host would read the hole as well.
    await succeed(again, 'rm /mnt/far');
    assert.equal(await guestHashes(again), hashes, 'SHA-256 in the guest after the reboot');
    await again.end('poweroff');
    await assertCleanOnHost(context, hashes);
  });
}
