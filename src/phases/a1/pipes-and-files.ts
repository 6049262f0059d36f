import assert from 'node:assert/strict';
import type { Shell } from '../../harness/shell/shell.ts';
import { check } from '../define.ts';

async function prints(shell: Shell, command: string, expected: string): Promise<void> {
  const { output, exitStatus } = await shell.run(command, { captured: true });
  assert.equal(output.trim(), expected, `\`${command}\``);
  assert.equal(exitStatus, 0, `exit status of \`${command}\``);
}

export const pipeAndFileChecks = [
  check('a1.pipe.yes-head-wc', 'pipes carry data: `yes | head -n 1 | wc -c` prints 2', ({ shell }) =>
    prints(shell, 'yes | head -n 1 | wc -c', '2'),
  ),

  check('a1.pipe.writer-ends', 'a writer ends when its reader is gone, by SIGPIPE', async ({ shell }) => {
    for (const command of ['yes | head -n 10000 > /dev/null', 'busybox yes | head -n 10000 > /dev/null']) {
      assert.equal((await shell.run(command)).exitStatus, 0, command);
    }
    await prints(shell, 'pidof yes | wc -w', '0');
    // 128 + SIGPIPE, the writer's own status.
    await prints(shell, '(yes; echo $? > /tmp/s) | head -n 1 > /dev/null; cat /tmp/s', '141');
  }),

  check('a1.pipe.zero-head-wc', '`cat /dev/zero | head -c 10 | wc -c` prints 10', ({ shell }) =>
    prints(shell, 'cat /dev/zero | head -c 10 | wc -c', '10'),
  ),

  check('a1.pipe.bytes-intact', '1 MiB through three pipes arrives unchanged', async ({ shell }) => {
    const { output } = await shell.run(
      'head -c 1048576 /dev/urandom > /tmp/in; cat /tmp/in | cat | cat | cat > /tmp/out; sha256sum < /tmp/in; sha256sum < /tmp/out; wc -c < /tmp/out',
      {
        captured: true,
      },
    );
    const [before, after, size] = output.split('\n');
    assert.match(before ?? '', /^[0-9a-f]{64} /, `a hash of what goes in; it printed: ${output}`);
    assert.equal(after, before, 'the hash behind the pipes');
    assert.equal(size?.trim(), '1048576');
  }),

  check('a1.tmpfs.touch-write-read', 'a file in /tmp is made, written and read back', ({ shell }) =>
    prints(shell, 'touch /tmp/a; echo hi > /tmp/a; cat /tmp/a', 'hi'),
  ),

  check('a1.tmpfs.append-truncate', 'tmpfs appends and truncates', async ({ shell }) => {
    await prints(shell, 'printf one > /tmp/b; printf two >> /tmp/b; cat /tmp/b', 'onetwo');
    await prints(
      shell,
      'truncate -s 3 /tmp/b; cat /tmp/b; truncate -s 5 /tmp/b; wc -c < /tmp/b; tail -c 2 /tmp/b | od -An -tx1 | tr -d " "',
      'one5\n0000',
    );
  }),

  check('a1.tmpfs.rename-unlink', 'rename replaces the target; an unlinked open file stays readable', async ({ shell }) => {
    await prints(shell, 'echo new > /tmp/c; echo old > /tmp/d; mv /tmp/c /tmp/d; cat /tmp/d; ls /tmp/c 2>/dev/null | wc -l', 'new\n0');
    await prints(shell, 'exec 9< /tmp/d; rm /tmp/d; test -e /tmp/d || cat <&9; exec 9<&-', 'new');
  }),

  check('a1.tmpfs.directories', 'mkdir and rmdir work, and rmdir refuses a directory in use', async ({ shell }) => {
    await prints(
      shell,
      'mkdir -p /tmp/e/f && rmdir /tmp/e 2>/dev/null; echo $?; rmdir /tmp/e/f /tmp/e; echo $?; test -e /tmp/e; echo $?',
      '1\n0\n1',
    );
  }),
];
