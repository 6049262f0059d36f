import { expect, test } from 'vitest';
import { maxTitleLength, normaliseTitle } from './crash-title.ts';

test.each([
  ['BUG in do_thing+0x1c/0x40 [foo]', 'BUG in do_thing [foo]'],
  ['at ffff800012345678 and 0x40a1c2d0', 'at ADDR and ADDR'],
  ['exitcode=0x00000100', 'exitcode=0x00000100'],
  ['task sh[88] PID: 88 CPU#3', 'task sh PID: N CPU#N'],
  ['scheduling: swapper/0, kworker/u8:2', 'scheduling: swapper/N, kworker/N'],
  ['two  blanks\tand a tab ', 'two blanks and a tab'],
  ['words deadbeefdeadbeef stay, addressed cafebabecafebab1 go', 'words deadbeefdeadbeef stay, addressed ADDR go'],
])('%s', (title, normal) => expect(normaliseTitle(title)).toBe(normal));

test('titles are bounded, and surrogate pairs stay whole', () => {
  const title = normaliseTitle('🐧'.repeat(100));
  expect(title.length).toBeLessThanOrEqual(maxTitleLength);
  expect(title.isWellFormed()).toBe(true);
  expect(title.at(-1)).toBe('…');
});
