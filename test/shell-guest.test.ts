import { describe, expect, test } from 'vitest';
import { linuxArm64, linuxArm64Virtio } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { Machine } from '../src/harness/machine.ts';
import type { BringupError } from '../src/model/errors.ts';
import type { KernelProfile } from '../src/model/profile.ts';

function failure(machine: Machine, command: string, timeoutMs = 1_000): Promise<BringupError> {
  return machine.shell.run(command, { timeoutMs }).then(
    ({ output }) => {
      throw new Error(`expected \`${command}\` to fail, but it ended with ${output}`);
    },
    (error) => error,
  );
}

async function bootWithShell(profile: KernelProfile): Promise<Machine> {
  const machine = await boot(profile);
  expect(machine.shellOn).toBe(profile.shellOn);
  return machine;
}

describe.each([linuxArm64, linuxArm64Virtio])('the shell of $id', (profile) => {
  test('commands run as if they were typed at BusyBox’s shell', async () => {
    await using machine = await bootWithShell(profile);
    const { shell } = machine;
    const long = Array.from({ length: 20_000 }, (_, index) => 'ab\\ %$"'[index % 7]).join('');
    const cases: [command: string, output: string, exitStatus: number][] = [
      ['cd /tmp; x=5; set -- a b; false', '', 1],
      ['echo "$?" "$x" "$2" "$PWD"', '1 5 b /tmp', 0],
      ['printf "no line end"; (exit 7)', 'no line end', 7],
      ['echo "it\'s ü € 😀 \\\\ %s"\necho two', "it's ü € 😀 \\ %s\ntwo", 0],
      [`printf %s '${long}' | wc -c`, '20000', 0],
      ['tty -s && echo terminal', 'terminal', 0],
      ['echo "@@br:0:1:3:0::0@@"; echo "/ # "', '@@br:0:1:3:0::0@@\n/ # ', 0],
      ['set -u', '', 0],
      ['set +u', '', 0],
      ['no-such-command 2>/dev/null', '', 127],
    ];
    for (const [command, output, exitStatus] of cases) expect(await shell.run(command)).toMatchObject({ output, exitStatus });
    await shell.run('set -u');
    const gaveUp = await shell.run('echo "$unset_variable"');
    expect(gaveUp.exitStatus).toBeGreaterThan(0);
    expect(gaveUp.output).toContain('unset_variable');
    await shell.run('set +u');
    expect((await shell.run("head -c 1000000 /dev/zero | tr '\\0' x", { captured: true })).output === 'x'.repeat(1_000_000)).toBe(true);

    await shell.run('mount -t tmpfs -o ro none /tmp');
    const readOnly = await shell.run('echo new', { captured: true }).catch((error) => error);
    expect(readOnly).toMatchObject({ code: 'shell-protocol', shortMessage: expect.stringContaining('gathered') });
    expect(await shell.run('umount /tmp; echo fine')).toMatchObject({ output: 'fine' });
  });

  test('a command that never ends is looked at while it runs, then stopped', async () => {
    await using machine = await bootWithShell(profile);
    for (const [command, seen, failureCause] of [
      ['sleep 1000', /is idle/, 'assertion'],
      ['while :; do :; done', /spins/, 'guest-slow'],
      ['while :; do echo; read -t 0.2 nothing; done', /still prints/, 'guest-slow'],
      ['cat', /is idle/, 'assertion'],
      ['(trap "" INT; sleep 1000)', /is idle/, 'assertion'],
    ] as const) {
      let error = await failure(machine, command);
      // A busy host disturbs one look or another, not many in a row.
      for (let look = 1; look < 5 && !seen.test(error.shortMessage); look += 1) error = await failure(machine, command);
      expect(error.shortMessage).toMatch(seen);
      expect(error).toMatchObject({ code: 'command-timeout', failureCause });
      expect(error.shortMessage).toMatch(/Ctrl.* ended it and the shell is usable$/);
      expect(await machine.shell.run('echo alive')).toMatchObject({ output: 'alive', exitStatus: 0 });
    }
  });

  test('a shell that ends is told from a command that ends, and the one after it serves', async () => {
    await using machine = await bootWithShell(profile);
    for (const command of ['exit 3', 'exec true', 'sh']) {
      expect(await failure(machine, command, 20_000)).toMatchObject({ code: 'shell-lost' });
      expect(await machine.shell.run('echo again')).toMatchObject({ output: 'again' });
    }
  });

  test('a command that can’t be stopped breaks the machine, which says so at once from then on', async () => {
    await using machine = await bootWithShell(profile);
    const error = await failure(machine, 'stty raw -echo; cat >/dev/null');
    expect(error).toMatchObject({ code: 'machine-broken' });
    expect(machine.ended).toBe(error);
    expect(await failure(machine, 'echo no')).toBe(error);
  });
});
