import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { commands } from './commands.ts';
import { dispatch } from './dispatch.ts';

async function call(...argv: string[]) {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const exitCode = await dispatch(argv, io);
  io.stdout.end();
  io.stderr.end();
  return { exitCode, stdout: await text(io.stdout), stderr: await text(io.stderr) };
}

test('a command that does not exist is wrong usage, names what came and the nearest one', async () => {
  expect(await call('docter')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'bringup: unknown command "docter"\nWhat to do: did you mean doctor?\n',
  });
});

test('a name that every object has is no command', async () => {
  expect(await call('constructor')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('unknown command "constructor"') });
});

test('an unknown option is wrong usage, names what came and the nearest one', async () => {
  const { exitCode, stderr } = await call('doctor', '--instal');
  expect(exitCode).toBe(2);
  expect(stderr).toBe('bringup: unknown option "--instal"\nWhat to do: did you mean --install?\n');
});

test('an argument that a command does not take is wrong usage', async () => {
  const { exitCode, stderr } = await call('doctor', 'now');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('now');
});

test('without a command the overview goes to stderr and the call was wrong; asked for, it goes to stdout', async () => {
  const bare = await call();
  const asked = await call('--help');
  expect(bare).toMatchObject({ exitCode: 2, stdout: '' });
  expect(asked).toMatchObject({ exitCode: 0, stderr: '', stdout: bare.stderr });
});

test('--version prints one line', async () => {
  expect(await call('--version')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^bringup \d+\.\d+\.\d+\n$/) });
});

test.each(Object.keys(commands))('the command %s has its own name, a one-line summary and a usage text', async (name) => {
  const { command } = await (commands[name] as (typeof commands)[string])();
  expect(command.name).toBe(name);
  expect(command.summary).toMatch(/^[^\n]+[^.\n]$/);
  expect(command.usage).toMatch(new RegExp(`^usage: bringup ${name}\\b[^]*\n$`));
  expect(await call(name, '--help')).toEqual({ exitCode: 0, stdout: command.usage, stderr: '' });
});
