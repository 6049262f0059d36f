import { expect, test } from 'vitest';
import { readRunRequest } from '../src/cli/run/options.ts';
import { phases } from '../src/phases/index.ts';
import { commandFor } from '../src/reporters/reproduce.ts';

test('the command that the reports give for a check runs this check, and no other', () => {
  for (const { id, phase } of phases.flatMap(({ id: phase, checks }) => checks.map((check) => ({ id: check.id, phase })))) {
    const command = commandFor({ argv: ['bringup', 'run', 'all', '--jobs', '1'], mutant: null }, { id, phase }) ?? '';
    const [, program, named, pattern] = /^(bringup run) (\S+) --grep '(.*)'$/.exec(command) ?? [];
    expect(program).toBe('bringup run');
    expect(readRunRequest([named as string, '--grep', pattern as string]).checks.map((check) => check.id)).toEqual([id]);
  }
});
