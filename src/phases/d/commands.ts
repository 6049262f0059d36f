import assert from 'node:assert/strict';
import { type CheckContext, check } from '../define.ts';

/** What the blueprint has a person type: the shell’s commands as they are. */
export const commandChecks = [
  check(
    'd.chmod.others',
    '`chmod 0666` lets another user write a file that 0644 keeps from him, and a folder of 0700 keeps him out',
    async (context) => {
      await context.shell.run(
        'echo mine > /tmp/d-file; chmod 0644 /tmp/d-file; mkdir -m 0700 /tmp/d-folder; echo mine > /tmp/d-folder/file',
      );
      assert.deepEqual(await asNobody(context, 'cat /tmp/d-file'), { output: 'mine', exitStatus: 0 });
      const refused = await asNobody(context, 'echo yours > /tmp/d-file');
      assert.notEqual(refused.exitStatus, 0, 'exit status of a write to a file of mode 0644');
      assert.match(refused.output, /Permission denied/);
      assert.match((await asNobody(context, 'cat /tmp/d-folder/file')).output, /Permission denied/);
      await context.shell.run('chmod 0666 /tmp/d-file');
      assert.deepEqual(await asNobody(context, 'echo yours > /tmp/d-file; cat /tmp/d-file'), { output: 'yours', exitStatus: 0 });
    },
  ),

  check('d.su.user', '`su` makes root another user; by `chmod u+s` it makes another root, where he knows the password', async (context) => {
    const { shell } = context;
    assert.deepEqual(await asNobody(context, 'id -u; id -g'), { output: '65534\n65534', exitStatus: 0 });
    const prepared = await shell.run("echo 'root:secret' | chpasswd && cp /bin/busybox /tmp/su && chmod u+s /tmp/su", { captured: true });
    assert.equal(prepared.exitStatus, 0, 'exit status of chpasswd, cp and chmod');
    for (const password of ['wrong', '']) {
      const refused = await asNobody(context, `echo ${password} | /tmp/su root -c "id -u"`);
      assert.notEqual(refused.exitStatus, 0, `exit status of \`su root\` by the password "${password}"`);
      assert.doesNotMatch(refused.output, /^0$/m);
    }
    const { output, exitStatus } = await asNobody(context, 'echo secret | /tmp/su root -c "id -u"');
    assert.match(output, /^0$/m, `\`id -u\` by the right password; it printed: ${output}`);
    assert.equal(exitStatus, 0);
    await shell.run('chmod u-s /tmp/su');
    assert.doesNotMatch((await asNobody(context, 'echo secret | /tmp/su root -c "id -u"')).output, /^0$/m, 'without `u+s`');
  }),
];

/** What a command prints, complaints included, and ends with, that the user nobody starts. It has no apostrophes. */
async function asNobody({ shell, signal }: CheckContext, command: string): Promise<{ output: string; exitStatus: number }> {
  const { output, exitStatus } = await shell.run(`su -s /bin/sh nobody -c '${command}' 2>&1`, { captured: true, signal });
  return { output, exitStatus };
}
