import { describe, expect, it } from 'vitest';
import { BringupError } from '../../model/errors.ts';
import { delivered, now, openConsole, rejection, soon } from './testing/fake-guest.ts';

describe('expect', () => {
  it('finds a prompt however it is cut, between escape sequences and UTF-8', async () => {
    const raw = Buffer.from('boot\r\n\x1b[1;32m[ ok ]\x1b[0m Grüße\r\n\x1b]0;sh\x07root@\x1b[1m🐧\x1b[0m:~# \x1b[6n');
    for (let cut = 0; cut <= raw.length; cut += 1) {
      const { guest, console } = openConsole();
      const found = console.expect(/^root@(?<host>.+):~# $/m, soon);
      guest.print(raw.subarray(0, cut), raw.subarray(cut));
      const { text, groups, before, line, byteOffset, index } = await found;
      expect({ text, groups: { ...groups }, before, line, byteOffset, index }).toEqual({
        text: 'root@🐧:~# ',
        groups: { host: '🐧' },
        before: 'boot\n[ ok ] Grüße\n',
        line: 3,
        byteOffset: raw.indexOf('\x1b]0;'),
        index: 18,
      });
    }
  });

  it('finds a prompt that comes byte by byte', async () => {
    const { guest, console } = openConsole();
    const found = console.expect('/ # ', soon);
    guest.print(...Array.from(Buffer.from('\x1b[32mboot\x1b[0m\r\n/ # '), (byte) => Uint8Array.of(byte)));
    expect((await found).before).toBe('boot\n');
  });

  it('takes what came before the call, and each text once', async () => {
    const { guest, console } = openConsole();
    guest.print('one two one two');
    await delivered();
    expect((await console.expect(/o\w+/, now)).index).toBe(0);
    expect((await console.expect('two', now)).before).toBe(' ');
    expect((await console.expect(/one/g, now)).index).toBe(8);
    console.skip();
    expect((await rejection(console.expect('two', now))).code).toBe('expect-timeout');
  });

  it('reads ^ as the start of a console line, also where text was consumed or left the window', async () => {
    const { guest, console } = openConsole({ windowCharacters: 100 });
    guest.print('prompt$ echoed\n');
    await delivered();
    await console.expect('prompt$ ', now);
    await expect(console.expect(/^echoed/m, now)).rejects.toThrow('not seen');
    guest.print(`${'x'.repeat(350)}echoed\n`);
    await delivered();
    for (let size = 1; size <= 110; size += 1) {
      await expect(console.expect(/^x*echoed/m, now)).rejects.toThrow('not seen');
      guest.print('y');
      await delivered();
    }
  });

  it('takes a string literally', async () => {
    const { guest, console } = openConsole();
    guest.print('a+b (c) [d] $e ^f \\g . a/b');
    await delivered();
    for (const literal of ['a+b', '(c)', '[d]', '$e', '^f', '\\g', '.', 'a/b'])
      expect((await console.expect(literal, now)).text).toBe(literal);
  });

  it('leaves the pattern alone, whatever its flags', async () => {
    const { guest, console } = openConsole();
    const pattern = /ready/gy;
    pattern.lastIndex = 3;
    guest.print('system ready');
    expect((await console.expect(pattern, soon)).index).toBe(7);
    expect(pattern.lastIndex).toBe(3);
  });

  it('rejects patterns that match nothing at all', async () => {
    const { guest, console } = openConsole();
    guest.print('text');
    await delivered();
    for (const pattern of [/x*/, /^/m, '', /(?=e)/, /\b/]) expect((await rejection(console.expect(pattern, soon))).code).toBe('usage');
  });

  it('says what it saw when the time runs out', async () => {
    const { guest, console } = openConsole();
    guest.print('Booting\r\nMMU ON\r\nstuck');
    await delivered();
    const error = await rejection(console.expect(/login:/, { timeoutMs: 1 }));
    expect(error.code).toBe('expect-timeout');
    expect(error.shortMessage).toBe('/login:/ not seen within 1 ms (2 lines, last "stuck")');
    expect(error.consoleTail).toBe('Booting\nMMU ON\nstuck');
    expect((await rejection(openConsole().console.expect('x', { timeoutMs: 1 }))).shortMessage).toContain('nothing was printed');
  });

  it('has a timed-out wait explained, and keeps the error where that fails', async () => {
    const explain = (error: BringupError): Promise<BringupError> =>
      error.shortMessage.includes('"b"') ? Promise.reject(new Error('no')) : Promise.resolve(new BringupError('guest-hang', 'it spins'));
    const { console } = openConsole({ explain });
    expect((await rejection(console.expect('a', { timeoutMs: 1 }))).code).toBe('guest-hang');
    expect((await rejection(console.expect('b', { timeoutMs: 1 }))).code).toBe('expect-timeout');
    expect((await rejection(console.expect('a', now))).code).toBe('expect-timeout');
    const onTimeout = (error: BringupError): BringupError => new BringupError('boot-timeout', `no prompt: ${error.shortMessage}`);
    expect((await rejection(console.expect('b', { timeoutMs: 1, onTimeout }))).code).toBe('boot-timeout');
  });

  it("tells of the machine's end, where that shows while a time-out is explained", async () => {
    const fate = new AbortController();
    const exit = new BringupError('qemu-exit', 'QEMU was killed');
    const explain = async (error: BringupError): Promise<BringupError> => {
      fate.abort(exit);
      return error;
    };
    const { console } = openConsole({ fate: fate.signal, explain });
    await expect(console.expect('a', { timeoutMs: 1 })).rejects.toBe(exit);
  });

  it('stops by its signal', async () => {
    const { console } = openConsole();
    const controller = new AbortController();
    const waiting = rejection(console.expect('x', { ...soon, signal: controller.signal }));
    controller.abort(new Error('enough'));
    const error = await waiting;
    expect(error.code).toBe('aborted');
    expect(error.cause).toEqual(new Error('enough'));
    expect((await rejection(console.expect('x', { ...soon, signal: controller.signal }))).code).toBe('aborted');
  });

  it('lets pending waits see the same text', async () => {
    const { guest, console } = openConsole();
    const all = Promise.all(Array.from({ length: 200 }, (_, k) => console.expect(new RegExp(`line ${k % 20}\\n`), soon)));
    for (let k = 0; k < 20; k += 1) guest.print(`line ${k}\n`);
    expect((await all).map(({ line }) => line)).toEqual(Array.from({ length: 200 }, (_, k) => 1 + (k % 20)));
    expect((await rejection(console.expect('line', now))).code).toBe('expect-timeout');
  });
});

describe('expectAny', () => {
  it('takes the match that comes first in the text, then the first in order', async () => {
    const { guest, console } = openConsole();
    guest.print('panic: then login: and login: again');
    await delivered();
    expect(await console.expectAny([/login:/, /panic:/], now)).toMatchObject({ which: 1, text: 'panic:' });
    expect(await console.expectAny({ ask: /log/, login: 'login:' }, now)).toMatchObject({ which: 'ask', text: 'log' });
    expect(await console.expectAny({ full: 'login:', part: /log/ }, now)).toMatchObject({ which: 'full', text: 'login:' });
    expect((await rejection(console.expectAny(['x', /y/], now))).shortMessage).toContain('"x" or /y/');
  });
});

describe('the end', () => {
  it('rejects waits with the fate, as it is, unless the match came before', async () => {
    const fate = new AbortController();
    const { guest, console } = openConsole({ fate: fate.signal });
    const crash = new BringupError('guest-crash', 'Oops');
    const match = console.expect('first', soon);
    const waiting = console.expect('never', soon);
    console.onLine(({ text }) => {
      if (text.includes('Oops')) fate.abort(crash);
    });
    const late = console.expect('prompt', soon);
    guest.print('first\n');
    await delivered();
    guest.print('Oops\nprompt');
    expect((await match).line).toBe(1);
    await expect(waiting).rejects.toBe(crash);
    await expect(late).rejects.toBe(crash);
    // What is there can still be looked at.
    expect((await console.expect('prompt', now)).line).toBe(3);
    await expect(console.expect('prompt', now)).rejects.toBe(crash);
    await expect(console.send('x')).rejects.toBe(crash);
    guest.print(' and more\n');
    await delivered();
    expect(console.tail(1)).toBe('prompt and more');
  });

  it('gives the fate time to be known when the channel closes', async () => {
    const fate = new AbortController();
    const { guest, console } = openConsole({ fate: fate.signal });
    const waiting = console.expect('x', soon);
    guest.push(null);
    await console.ended;
    const exit = new BringupError('qemu-exit', 'QEMU was killed');
    fate.abort(exit);
    await expect(waiting).rejects.toBe(exit);
  });

  it('rejects waits and sends when the channel closes, after what came last', async () => {
    const { guest, console } = openConsole();
    const waiting = rejection(console.expect('x', soon));
    const last = console.expect(/bye\[3$/, soon);
    guest.print('bye\x1b[3');
    guest.push(null);
    expect((await last).text).toBe('bye[3');
    expect((await waiting).code).toBe('console-closed');
    expect((await console.ended).reason).toBe('closed');
    expect((await rejection(console.send('x'))).code).toBe('console-closed');
    expect((await rejection(console.expect('y', soon))).code).toBe('console-closed');
  });

  it('names what failed', async () => {
    const { guest, console } = openConsole();
    const waiting = rejection(console.expect('x', soon));
    guest.destroy(new Error('ECONNRESET'));
    expect((await waiting).shortMessage).toContain('ECONNRESET');
    expect(await console.ended).toMatchObject({ reason: 'error' });
  });

  it('is disposed once, and pending calls hear of it', async () => {
    const { guest, console } = openConsole();
    guest.isDeaf = true;
    const lines = console.lines();
    const calls = [console.expect('x', soon), console.send('x'), console.send('y')].map(rejection);
    await Promise.all([console[Symbol.asyncDispose](), console[Symbol.asyncDispose]()]);
    for (const error of await Promise.all(calls)) expect(error.code).toBe('disposed');
    expect(await lines.next()).toEqual({ value: undefined, done: true });
    expect((await console.ended).reason).toBe('disposed');
    expect(guest.destroyed).toBe(true);
    expect((await rejection(console.expect('x', soon))).code).toBe('disposed');
  });
});
