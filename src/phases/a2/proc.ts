import assert from 'node:assert/strict';
import { check } from '../define.ts';
import { programCheck } from '../program-check.ts';

/** What /proc says. */
export const procChecks = [
  programCheck({
    id: 'a2.proc.process',
    title: '/proc/<pid>: cmdline, stat, status and maps are right for a program that knows them; one that is gone is ENOENT',
    probe: 'a2-proc',
    results: [
      'cmdline-length',
      'cmdline',
      'comm',
      'stat',
      'stat-pid',
      'stat-name',
      'stat-state',
      'stat-parent',
      'stat-group',
      'stat-session',
      'stat-threads',
      'stat-start-stays',
      'status',
      'status-pid',
      'status-parent',
      'status-uid',
      'status-threads',
      'status-grows',
      'status-resident',
      'maps',
      'maps-text',
      'maps-text-name',
      'maps-data',
      'maps-stack',
      'maps-mapped',
      'maps-protected',
      'maps-unmapped',
      'sleeping',
      'child-parent',
      'stopped',
      'zombie',
      'gone',
      'gone-cmdline',
      'gone-held-open',
    ],
  }),
  programCheck({
    id: 'a2.proc.uptime',
    title: '/proc/uptime is the time since the boot and advances with the guest’s clock',
    probe: 'a2-uptime',
    results: ['equals-clock', 'never-back', 'advances'],
  }),

  check('a2.proc.mounts', '/proc/mounts lists what is mounted, with its options, and no more what was unmounted', async ({ shell }) => {
    const mounts = async () => (await shell.run('cat /proc/mounts', { captured: true })).output.split('\n').map((line) => line.split(' '));
    const before = await mounts();
    assert.deepEqual(before.find(([, at]) => at === '/proc')?.slice(1, 3), ['/proc', 'proc'], 'where /proc is mounted');
    // A blank would end the field: it is an octal escape, proc(5) and getmntent(3).
    for (const [name, told] of [
      ['plain', 'plain'],
      ['a b', 'a\\040b'],
    ]) {
      const made = await shell.run(`mkdir -p '/mnt/${name}' && mount -t tmpfs -o ro,nosuid,size=64k bringup-mark '/mnt/${name}'`);
      assert.equal(made.exitStatus, 0, `exit status of mount, which printed: ${made.output}`);
      const [source, at, type, options = ''] = (await mounts()).find(([what]) => what === 'bringup-mark') ?? [];
      assert.deepEqual([source, at, type], ['bringup-mark', `/mnt/${told}`, 'tmpfs']);
      for (const option of ['ro', 'nosuid', 'size=64k'])
        assert.ok(options.split(',').includes(option), `option ${option} of the new mount, in: ${options}`);
      assert.equal((await shell.run(`umount '/mnt/${name}'`)).exitStatus, 0, 'exit status of umount');
    }
    const remounted = await shell.run(
      'mount -t tmpfs -o ro mark /mnt && mount -o remount,rw /mnt && grep ^mark /proc/mounts | cut -d " " -f 4 | cut -d , -f 1; umount /mnt',
    );
    assert.equal(remounted.output, 'rw', 'the option after a remount');
    assert.deepEqual(await mounts(), before, 'what is mounted afterwards');
  }),
];
