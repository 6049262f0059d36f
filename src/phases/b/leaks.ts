import { type CheckContext, check } from '../define.ts';
import { runProgram } from '../program-check.ts';
import { succeed } from '../succeed.ts';
import { assertNothingLeaked, measureUsage } from '../usage.ts';
import { ext2Disk, mount } from './volumes.ts';

const programs = ['b-names', 'b-holes', 'b-unlinked', 'b-mapped', 'b-times'];
const disk = ext2Disk({ sizeMiB: 64, blockSize: 1024 });

/** A disk's work leaves nothing in memory: what it holds there is measured once it is unmounted. */
export const leakChecks = [
  check(
    'b.leaks.over-the-phase',
    'a file system that was mounted, worked on and unmounted leaves no process, no open file and no memory behind',
    { guest: { init: 'shell', programs, disks: [disk, disk] } },
    async (context) => {
      await workOn(context, '/dev/vda1');
      const before = await measureUsage(context);
      await workOn(context, '/dev/vdb1');
      for (const [name, value] of Object.entries(await assertNothingLeaked(before, context))) context.metric(name, value);
    },
  ),
];

/** What the programs find is their own checks' business. */
async function workOn(context: CheckContext, device: string): Promise<void> {
  await mount(context, { device });
  for (const program of programs) await runProgram({ ...context, metric: () => {} }, program);
  await succeed(context, 'mkdir /mnt/many && for i in $(seq 1 100); do echo $i > /mnt/many/$i; done && rm -r /mnt/many');
  await succeed(context, 'umount /mnt');
}
