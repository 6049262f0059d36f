import { expect, test } from 'vitest';
import { commandFor } from './reproduce.ts';

const check = { id: 'a1.exit.42', phase: 'a1' };
const again = (...words: string[]) => commandFor({ argv: ['bringup', ...words], mutant: null }, check);

test('the check alone, on the same guest: what says which checks, how often and where to is left out', () => {
  const kept = ['--append', 'quiet x=1', '--qemu-arg', '-d', '--kernel=Image', '--vcpus', '2'];
  const dropped = ['--grep', 'x|y', '--shard=1/2', '--out', 'o', '--retries', '2', '--jobs=4', '--keep-failed'];
  expect(again('run', 'all', ...dropped, ...kept)).toBe(
    "bringup run a1 --grep '^a1\\.exit\\.42 ' --append 'quiet x=1' --qemu-arg -d --kernel=Image --vcpus 2",
  );
});

test('a shell reads each word as it was', () => {
  expect(again('run', 'a1', '--append', "it's $(here)")).toContain(" --append 'it'\\''s $(here)'");
});

test('a mutant’s check runs with its mutant; a guest without one has no command of its own', () => {
  const mutant = { id: 'a1.exit-status', fault: 'x' };
  expect(commandFor({ argv: ['bringup', 'mutants', 'a1', '--jobs', '1'], mutant }, check)).toBe(
    "bringup mutants a1 --matrix --grep '^a1\\.exit-status '",
  );
  expect(again('mutants', 'a1')).toBeNull();
});
