import { expect, test } from 'vitest';
import { BringupError } from '../../model/errors.ts';
import { delivered, now, openConsole, rejection, soon } from './testing/fake-guest.ts';

const crash = new BringupError('guest-crash', 'the guest crashed');

test('what comes after the seal matches no wait; what came before it does', async () => {
  const fate = new AbortController();
  const { guest, console } = openConsole({ fate: fate.signal });
  const late = rejection(console.expect('after', soon));
  guest.print('before\n');
  await delivered();
  console.seal();
  expect(console.isSealed).toBe(true);
  guest.print('after\n');
  await delivered();
  await expect(console.expect('before', now)).resolves.toMatchObject({ text: 'before' });
  expect((await rejection(console.expect('after', now))).code).toBe('expect-timeout');
  expect(console.tail(), 'the console is read on').toBe('before\nafter');
  fate.abort(crash);
  expect(await late).toBe(crash);
  await console[Symbol.asyncDispose]();
});

test('a listener’s seal holds for the piece that its line came in', async () => {
  const fate = new AbortController();
  const { guest, console } = openConsole({ fate: fate.signal });
  console.onLine(({ text }) => text === 'PANIC' && console.seal());
  const early = console.expect('early', soon);
  const late = rejection(console.expect('late', soon));
  guest.print('early\n');
  await delivered();
  guest.print('PANIC\nlate\n');
  await delivered();
  fate.abort(crash);
  await expect(early).resolves.toMatchObject({ text: 'early' });
  expect(await late).toBe(crash);
  await console[Symbol.asyncDispose]();
});

test('a seal holds when far more text came than the window keeps', async () => {
  const { guest, console } = openConsole({ windowCharacters: 100 });
  guest.print('before\n');
  await delivered();
  console.seal();
  console.seal();
  for (let line = 0; line < 200; line += 1) guest.print(`after ${line}\n`);
  await delivered();
  for (const pattern of ['before', /after/, /\d$/m]) expect((await rejection(console.expect(pattern, now))).code).toBe('expect-timeout');
  await console[Symbol.asyncDispose]();
});
