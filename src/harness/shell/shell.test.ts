import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { BringupError } from '../../model/errors.ts';
import { rejection } from '../console/testing/fake-guest.ts';
import { type LocalShell, localShell } from './testing/local-shell.ts';

const shells = ['dash', 'bash --norc --noprofile'];

describe.concurrent.each(shells)('commands in %s', (program) => {
  const commands: [command: string, output: string, exitStatus: number][] = [
    ['echo hi', 'hi', 0],
    ['printf "no newline"', 'no newline', 0],
    ['printf "two\\n\\n"', 'two\n', 0],
    [':', '', 0],
    ['', '', 0],
    ['(exit 3)', '', 3],
    ['echo "$?"', '3', 0],
    ['false', '', 1],
    ['printf "%s|" "$?" %% "a\\\\b" \'$x\'', '1|%%|a\\b|$x|', 0],
    ['echo one\necho two', 'one\ntwo', 0],
    ['echo ü€😀', 'ü€😀', 0],
    ['printf "%s" "it\'s \\"quoted\\""', 'it\'s "quoted"', 0],
    ["echo '!x #y `z` \\'", '!x #y `z` \\', 0],
    ['-nosuch-ü 2>/dev/null', '', 127],
    ['cd /tmp; x=5', '', 0],
    ['pwd; echo $x', '/tmp\n5', 0],
    ['set -- a b; f() { echo "f:$1"; }', '', 0],
    ['f "$2"; echo $#', 'f:b\n2', 0],
    ['sleep 0 & wait $!; echo waited', 'waited', 0],
    ['echo "/ # "; sleep 0.1', '/ # ', 0],
    ['echo "@@br:0:1:3:0::9@@"', '@@br:0:1:3:0::9@@', 0],
    ['tr a b </dev/null', '', 0],
  ];

  test('run as if they were typed, and carry their state on', async () => {
    await using local = localShell(program);
    for (const [command, output, exitStatus] of commands) {
      const result = await local.shell.run(command);
      // An interactive shell tells of its jobs on the terminal.
      const told = command.includes('&') ? result.output.replace(/^\[\d+\].*\n/gm, '') : result.output;
      expect({ command, output: told, exitStatus: result.exitStatus }).toEqual({ command, output, exitStatus });
    }
    expect(local.steps.map((step) => step.command)).toEqual(commands.map(([command]) => command));
    expect(local.steps.every(({ result, fromByte, toByte }) => result && toByte > fromByte)).toBe(true);
  });

  test('run captured give exact bytes', async () => {
    await using local = localShell(program);
    for (const [command, output, exitStatus] of commands) {
      if (command.includes('&')) continue;
      expect(await local.shell.run(command, { captured: true })).toMatchObject({ output, exitStatus });
    }
    const all = await local.shell.run('i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i+1)); done; echo err >&2', {
      captured: true,
    });
    expect(Buffer.from(all.bytes)).toEqual(
      Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), Buffer.from('err\n')]),
    );
    expect(Buffer.from((await local.shell.run(':', { captured: true })).bytes)).toEqual(Buffer.alloc(0));
    await local.shell.run('(sleep 0.2; echo late) &', { captured: true });
    await local.shell.run('sleep 0.5', { captured: true });
    expect((await local.shell.run('echo own', { captured: true })).output).toBe('own');
  });

  test.each([1_000, 128])('of 20 kB go through lines of at most %i bytes', async (maxLineBytes) => {
    await using local = localShell(program, { maxLineBytes });
    const text = Array.from({ length: 20_000 }, (_, index) => "ab'\\ %$"[index % 7]).join('');
    const result = await local.shell.run(`x='${text.replaceAll("'", "'\\''")}'; printf %s "$x"`, { captured: true });
    expect(result.output).toBe(text);
  });

  test('work under set -e, set -u, set -C, another IFS, and report what the shell itself gave up', async () => {
    await using local = localShell(program);
    expect(await local.shell.run('set -u; set -C; set -e')).toMatchObject({ exitStatus: 0 });
    expect(await local.shell.run('IFS=0123456789')).toMatchObject({ exitStatus: 0 });
    expect(await local.shell.run('echo 12', { captured: true })).toMatchObject({ output: '12' });
    expect(await local.shell.run('if false; then :; fi; false || echo "$?"')).toMatchObject({ output: '1' });
    await local.shell.run('set +e');
    const aborted = await local.shell.run('echo "$unset_variable"');
    expect(aborted.exitStatus).toBeGreaterThan(0);
    expect(await local.shell.run('set +u; echo fine')).toMatchObject({ output: 'fine', exitStatus: 0 });
  });

  test('that end the shell, or start another, are told from those that end', async () => {
    await using local = localShell(`sh -c "while :; do ${program} -i; done"`);
    await local.shell.run('true');
    for (const command of ['exit 3', 'exec true', 'PS1="/ # " sh -i']) {
      expect(await rejection(local.shell.run(command))).toMatchObject({ code: 'shell-lost' });
      const startedAtMs = performance.now();
      expect(await local.shell.run('echo again')).toMatchObject({ output: 'again' });
      expect(performance.now() - startedAtMs, 'set up at once').toBeLessThan(5_000);
    }
  });

  test('that never end are stopped, once they were looked at, and the shell is usable', async () => {
    await using local = localShell(program);
    for (const command of ['sleep 1000', 'while :; do :; done', 'cat', 'read x', '(trap "" INT; sleep 1000)']) {
      const bytes = local.console.bytesReceived;
      const error = await rejection(local.shell.run(command, { timeoutMs: 300 }));
      expect(error).toMatchObject({ code: 'command-timeout', failureCause: 'assertion' });
      expect(error.shortMessage).toMatch(/did not end within 300 ms.*Ctrl.* ended it and the shell is usable/);
      expect(local.explained.at(-1)?.consoleTail).not.toContain('^C');
      expect(local.console.bytesReceived).toBeGreaterThan(bytes);
      expect(await local.shell.run('echo alive')).toMatchObject({ output: 'alive', exitStatus: 0 });
    }
    expect(local.explained).toHaveLength(5);
  });

  test('that can’t be stopped leave a machine marked broken', async () => {
    await using local = localShell(program);
    const error = await rejection(local.shell.run('stty raw -echo; cat >/dev/null', { timeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'machine-broken' });
    expect(error.shortMessage).toMatch(/did not end within 300 ms.*does not answer/);
    expect(local.shell.broken).toBe(error);
    const sentBytes = local.console.bytesReceived;
    expect(await rejection(local.shell.run('echo no'))).toBe(error);
    expect(local.console.bytesReceived).toBe(sentBytes);
  });

  test('that are aborted are stopped, and the next one runs', async () => {
    await using local = localShell(program);
    const abort = new AbortController();
    const running = rejection(local.shell.run('sleep 1000', { signal: abort.signal }));
    const waiting = rejection(local.shell.run('echo never', { signal: abort.signal }));
    const reason = new BringupError('budget-exceeded', 'the check took too long');
    setTimeout(() => abort.abort(reason), 300);
    expect(await running).toBe(reason);
    expect(await waiting).toBe(reason);
    expect(await rejection(local.shell.run('sleep 1000', { signal: AbortSignal.timeout(200) }))).toMatchObject({ code: 'aborted' });
    expect(await local.shell.run('echo alive')).toMatchObject({ output: 'alive' });
    expect(local.console.tail()).not.toContain('never');
  });
});

describe.concurrent('a damaged line', () => {
  const program = 'dash';

  test('that loses characters of a command has it refused and typed again', async () => {
    await using local = localShell(program);
    await local.shell.run('true');
    lose(local, 'q', 2);
    expect(await local.shell.run('echo qqqqqqqq')).toMatchObject({ output: 'qqqqqqqq', resends: 2 });
    lose(local, 'z', 1);
    expect(await local.shell.run(`printf %s ${'z'.repeat(5_000)} | wc -c`)).toMatchObject({
      output: expect.stringMatching(/^ *5000$/),
      resends: 1,
    });
  });

  test.each([3, 2])('that damages frame %i of a command changes no result', async (kind) => {
    await using local = localShell(program);
    await local.shell.run('true');
    local.damagePrinted = once((text) => text.replace(new RegExp(`(@@br:[0-9a-f]+:)(\\d+)(:${kind}:)`), '$19$2$3'));
    expect(await local.shell.run('printf "a\\nb"')).toMatchObject({ output: 'a\nb', exitStatus: 0 });
  });

  test('that damages both reports of an end delays it', async () => {
    await using local = localShell(program);
    await local.shell.run('true');
    const spoil = (text: string): string => text.replace(/(@@br:[0-9a-f]+:)(\d+)(:3:)/, '$19$2$3');
    let spoilt = 0;
    local.damagePrinted = (bytes) => {
      const text = bytes.toString('latin1');
      if (spoilt >= 2 || spoil(text) === text) return bytes;
      let changed = text;
      for (; spoilt < 2 && spoil(changed) !== changed; spoilt += 1) changed = changed.replace(/(@@br:[0-9a-f]+):(\d+):3:/, '$1.$2:3:');
      return Buffer.from(changed, 'latin1');
    };
    expect(await local.shell.run('(exit 7)')).toMatchObject({ exitStatus: 7 });
    expect(spoilt).toBe(2);
  });

  test.each([200, 977, 5_000])('that changes every %i-th byte for a while gives captured output exactly', async (every) => {
    await using local = localShell(program);
    await local.shell.run("yes 'a line of output' | head -c 60000 >/tmp/bringup-test-$$");
    let at = 0;
    let frames = 0;
    local.damagePrinted = (bytes) => {
      const copy = Buffer.from(bytes);
      for (let index = 0; index < copy.length; index += 1) {
        at += 1;
        // Only data: what begins and ends a command is the other tests' matter.
        if (at < 400_000 && at % every === 0 && copy[index] !== 0x0a && frames > 0) copy[index] = (copy[index] as number) ^ 1;
      }
      if (bytes.includes(':4:')) frames += 1;
      return copy;
    };
    const result = await local.shell.run('cat /tmp/bringup-test-$$', { captured: true });
    expect(result.output).toBe('a line of output\n'.repeat(3_530).slice(0, 60_000));
    expect(result.resends).toBeGreaterThan(0);
    local.damagePrinted = (bytes) => bytes;
    await local.shell.run('rm /tmp/bringup-test-$$');
  });
});

test('a command whose reports that it begins are both damaged does not run twice', { timeout: 60_000 }, async () => {
  await using local = localShell('dash');
  await local.shell.run('true');
  let spoilt = 0;
  local.damagePrinted = (bytes) => {
    const text = bytes.toString('latin1').replace(/@@br:[0-9a-f]+:\d+:1:/g, (frame) => {
      spoilt += 1;
      return spoilt > 2 ? frame : frame.replace('@@br', '@@bx');
    });
    return Buffer.from(text, 'latin1');
  };
  const error = await rejection(local.shell.run('runs=$((runs+1)); sleep 600'));
  expect(error).toMatchObject({ code: 'shell-protocol', failureCause: 'assertion', shortMessage: expect.stringContaining('began') });
  expect(spoilt).toBe(2);
  expect(local.explained).toContain(error);
  expect(await local.shell.run('echo $runs')).toMatchObject({ output: '1' });
});

test('a command that floods the terminal is stopped with a clear error, and the shell is usable', { timeout: 60_000 }, async () => {
  await using local = localShell('dash');
  const flood = local.shell.run(`yes ${'x'.repeat(400)}`, { timeoutMs: 50_000 });
  expect(await rejection(flood)).toMatchObject({
    code: 'output-too-long',
    failureCause: 'assertion',
    shortMessage: expect.stringContaining('16 MiB'),
  });
  expect(await local.shell.run('echo alive')).toMatchObject({ output: 'alive' });
});

test('captured output that stops coming is asked for once, not again and again', { timeout: 60_000 }, async () => {
  await using local = localShell('dash');
  await local.shell.run('true');
  local.damagePrinted = (bytes) => Buffer.from(bytes.toString('latin1').replace(/@@br(?=:[0-9a-f]+:\d+:[45]:)/g, '@@bx'), 'latin1');
  const startedAtMs = performance.now();
  expect(await rejection(local.shell.run('echo lost', { captured: true }))).toMatchObject({
    code: 'shell-protocol',
    failureCause: 'assertion',
    shortMessage: expect.stringContaining('stopped coming'),
  });
  expect(performance.now() - startedAtMs).toBeLessThan(40_000);
});

test('1 MB of captured output without a newline comes exactly', async () => {
  await using local = localShell('dash');
  const { bytes } = await local.shell.run("head -c 1000000 /dev/zero | tr '\\0' x", { captured: true });
  expect(Buffer.from(bytes).equals(Buffer.alloc(1_000_000, 'x'))).toBe(true);
});

test('output that can’t be gathered is an error, never an earlier command’s output', async () => {
  await using local = localShell('dash');
  await local.shell.run('echo stale', { captured: true });
  await local.shell.run('__bf=/nosuch/file');
  expect(await rejection(local.shell.run('echo new', { captured: true }))).toMatchObject({
    code: 'shell-protocol',
    failureCause: 'assertion',
    shortMessage: /gathered/,
  });
  expect(await local.shell.run('echo fine', { captured: true })).toMatchObject({ output: 'fine' });
});

test('a NUL byte is refused before anything is typed', async () => {
  await using local = localShell('dash');
  expect(await rejection(local.shell.run('echo \0'))).toMatchObject({ code: 'usage' });
  expect(await local.shell.run('echo fine')).toMatchObject({ output: 'fine' });
});

test('the machine’s end ends a command with its reason', async () => {
  await using local = localShell('dash');
  const running = local.shell.run('sleep 1000');
  running.catch(() => {});
  const reason = Object.assign(new Error('the end'), {});
  setTimeout(() => local.fate.abort(reason), 300);
  await expect(running).rejects.toBe(reason);
  await expect(local.shell.run('true')).rejects.toBeDefined();
});

/** Loses the next characters of this kind that are typed, one in each line. */
function lose(local: LocalShell, char: string, times: number): void {
  let left = times;
  local.damageTyped = (bytes) => {
    const at = bytes.indexOf(char);
    if (left === 0 || at === -1) return bytes;
    left -= 1;
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  };
}

function once(change: (text: string) => string): (bytes: Buffer) => Buffer {
  let done = false;
  return (bytes) => {
    const text = bytes.toString('latin1');
    const changed = change(text);
    if (done || changed === text) return bytes;
    done = true;
    return Buffer.from(changed, 'latin1');
  };
}
