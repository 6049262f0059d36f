import { describe, expect, it } from 'vitest';
import { delivered, openConsole, rejection } from './testing/fake-guest.ts';

describe('sending', () => {
  it('keeps the order of calls, whatever their pacing', async () => {
    const { guest, console } = openConsole({ pacing: { mode: 'delay', chunkBytes: 3, delayMs: 1 } });
    const pieces: number[] = [];
    guest.onWrite = (bytes) => pieces.push(bytes.length);
    await Promise.all([
      console.send('abcdefgh'),
      console.sendLine('next', { pacing: { mode: 'none' } }),
      console.send(Uint8Array.of(0, 255)),
    ]);
    expect(guest.received).toBe('abcdefghnext\n\0\xff');
    expect(pieces).toEqual([3, 3, 2, 5, 2]);
  });

  it("waits for each byte's echo", async () => {
    const { guest, console } = openConsole({ pacing: { mode: 'echo', timeoutMs: 10_000 } });
    const echoes: Record<string, string> = { '\r': '\r\n', '\n': '\r\n', '\x03': '^C' };
    guest.onWrite = (bytes) => {
      const char = bytes.toString('latin1');
      setImmediate(() => guest.print('[12.3] noise', Buffer.from(echoes[char] ?? char, 'latin1')));
    };
    await console.send(Buffer.from('q\x03Q\r\xff\n', 'latin1'));
    expect(guest.received).toBe('q\x03Q\r\xff\n');
    guest.onWrite = undefined;
    const error = await rejection(console.send('z', { pacing: { mode: 'echo', timeoutMs: 1 } }));
    expect(error.shortMessage).toContain('0x7a');
  });

  it('stops a send that waits, not those before it', async () => {
    const { guest, console } = openConsole();
    guest.isDeaf = true;
    const first = rejection(console.send('first'));
    const controller = new AbortController();
    const second = rejection(console.send('second', { signal: controller.signal }));
    controller.abort();
    expect((await second).code).toBe('aborted');
    guest.destroy();
    expect((await first).code).toBe('console-closed');
  });

  it('answers terminal queries, and can be told not to', async () => {
    const { guest, console } = openConsole();
    guest.print('/ # \x1b[6n\x1b[5n', '\x1b[c\x1b[>c\x1b[999;999H\x1b[6n');
    await delivered();
    expect(guest.received).toBe('\x1b[1;5R\x1b[0n\x1b[?1;2c\x1b[>0;0;0c\x1b[24;80R');
    expect(console.tail()).toBe('/ # ');
    const mute = openConsole({ answerQueries: false });
    mute.guest.print('\x1b[6n');
    await delivered();
    expect(mute.guest.received).toBe('');
  });

  it('does not pile up answers that the guest does not read', async () => {
    const { guest } = openConsole();
    guest.isDeaf = true;
    for (let k = 0; k < 2000; k += 1) guest.print('\x1b[6n');
    await delivered();
    expect(guest.writableLength).toBeLessThan(4200);
  });
});
