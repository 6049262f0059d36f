import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BringupError } from '../../model/errors.ts';
import { Console } from './console.ts';
import { replayLog } from './replay.ts';
import { connectTcp, connectUnixSocket, inheritedSocket } from './transport.ts';

const soon = { timeoutMs: 10_000 };
let folder: string;
const servers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-transport-'));
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

/** A guest that greets, echoes and hangs up after a line. */
async function guestAt(address: string | { port: number; host: string }): Promise<Server> {
  const server = createServer((socket) => {
    socket.write('login: ');
    socket.on('data', (data) => {
      socket.write(data);
      if (data.includes('\n')) socket.end();
    });
  });
  servers.push(server);
  server.listen(address);
  await once(server, 'listening');
  return server;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BringupError);
  return (error as BringupError).code;
}

describe('transports', () => {
  it('talk over a Unix socket', async () => {
    const path = join(folder, 'console.sock');
    await guestAt(path);
    const stream = await connectUnixSocket(path, soon);
    expect(stream.description).toBe(`unix socket ${path}`);
    await using console = new Console(stream);
    await console.expect('login: ', soon);
    await console.sendLine('root');
    expect((await console.expect(/\w+\n/, soon)).text).toBe('root\n');
    expect((await console.ended).reason).toBe('closed');
  });

  it('talk over TCP', async () => {
    const server = await guestAt({ port: 0, host: '127.0.0.1' });
    const { port } = server.address() as AddressInfo;
    await using console = new Console(await connectTcp({ host: '127.0.0.1', port }, soon));
    await console.expect('login: ', soon);
    const lines = console.lines();
    await console.send('x\n');
    expect((await lines.next()).value?.text).toBe('login: x');
  });

  it("say why they can't connect", async () => {
    expect(await codeOf(connectUnixSocket(join(folder, 'none.sock'), soon))).toBe('file-not-found');
    await writeFile(join(folder, 'file'), '');
    expect(await codeOf(connectUnixSocket(join(folder, 'file'), soon))).toBe('console-closed');
    const server = await guestAt({ port: 0, host: '127.0.0.1' });
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await codeOf(connectTcp({ host: '127.0.0.1', port }, soon))).toBe('console-closed');
    expect(await codeOf(connectTcp({ host: '127.0.0.1', port }, { ...soon, signal: AbortSignal.abort() }))).toBe('aborted');
  });

  it('play a recorded log from memory or a file, and record what is written', async () => {
    const log = Buffer.from(Array.from({ length: 5000 }, (_, k) => `line ${k}\r\n`).join(''));
    const path = join(folder, 'boot.log');
    await writeFile(path, log);
    for (const source of [log, path]) {
      const written: Uint8Array[] = [];
      const stream = replayLog(source, { chunkBytes: 1000, onWrite: (bytes) => written.push(bytes) });
      await using console = new Console(stream);
      await console.send('hello');
      expect((await console.expect(/line 4999\n/, soon)).line).toBe(5000);
      await console.ended;
      expect(console.bytesReceived).toBe(log.length);
      expect(Buffer.concat(written).toString()).toBe('hello');
    }
    await using missing = new Console(replayLog(join(folder, 'none.log')));
    expect((await missing.ended).error).toMatchObject({ code: 'file-not-found' });
  });

  it('play no faster than they are read', async () => {
    const stream = replayLog(Buffer.alloc(10 << 20), { chunkBytes: 65_536 });
    await once(stream, 'readable');
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.readableLength).toBeLessThanOrEqual(2 * 65_536);
    stream.destroy();
  });

  it('leave timers and others their turn while they play', async () => {
    await using console = new Console(replayLog(Buffer.alloc(100 * 1000), { chunkBytes: 1000 }));
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      if (console.bytesReceived < 100_000) setImmediate(turn);
    };
    turn();
    await console.ended;
    expect(turns).toBeGreaterThan(90);
  });

  it('describe a stream that is already open', () => {
    const stream = new PassThrough();
    expect(inheritedSocket(stream)).toBe(stream);
    expect(inheritedSocket(stream).description).toBe('inherited socket');
  });
});
