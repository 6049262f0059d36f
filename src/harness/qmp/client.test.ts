import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { BringupError } from '../../model/errors.ts';
import { QmpClient, QmpCommandError } from './client.ts';
import type { QmpEvent } from './messages.ts';

const greeting = { QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 }, package: 'x' }, capabilities: ['oob'] } };
const shutdown = { event: 'SHUTDOWN', data: { guest: true, reason: 'guest-reset' }, timestamp: { seconds: 1, microseconds: 2 } };

interface Command {
  readonly execute: string;
  readonly arguments: Record<string, unknown>;
  readonly id: number;
}

/** QEMU's end of the connection: what it answers is up to the test. */
class Peer {
  readonly client: Duplex;
  readonly #own: Duplex;
  readonly #commands: Command[] = [];
  readonly #waiting: ((command: Command) => void)[] = [];

  constructor() {
    [this.client, this.#own] = duplexPair();
    this.#own.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter(Boolean)) this.#take(JSON.parse(line));
    });
  }

  say(...messages: readonly (object | string)[]): void {
    for (const message of messages) this.#own.write(typeof message === 'string' ? message : `${JSON.stringify(message)}\r\n`);
  }

  /** The next command that was not taken yet. */
  command(): Promise<Command> {
    const next = this.#commands.shift();
    return next ? Promise.resolve(next) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  hangUp(): void {
    this.client.destroy();
  }

  #take(command: Command): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(command);
    else this.#commands.push(command);
  }
}

async function connected(onEvent?: (event: QmpEvent) => void): Promise<{ peer: Peer; client: QmpClient }> {
  const peer = new Peer();
  peer.say(greeting);
  const connecting = QmpClient.connect(peer.client, onEvent ? { onEvent } : {});
  const { id } = await peer.command();
  peer.say({ return: {}, id });
  return { peer, client: await connecting };
}

async function failure(promise: Promise<unknown>): Promise<BringupError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof BringupError) return error;
  throw new Error(`expected a BringupError, got ${error}`);
}

describe('connecting', () => {
  test('reads the greeting, leaves negotiation mode and knows the version', async () => {
    const peer = new Peer();
    const connecting = QmpClient.connect(peer.client);
    peer.say(greeting);
    const command = await peer.command();
    expect(command).toMatchObject({ execute: 'qmp_capabilities', arguments: {} });
    peer.say({ return: {}, id: command.id });
    expect((await connecting).version).toBe('7.2.22');
  });

  test.for([
    { what: 'no greeting', says: { hello: 1 }, message: 'expected QMP\'s greeting, got {"hello":1}' },
    { what: 'no JSON', says: 'SSH-2.0-OpenSSH\n', message: 'expected a line of JSON, got "SSH-2.0-OpenSSH"' },
  ])('fails on $what', async ({ says, message }) => {
    const peer = new Peer();
    peer.say(says);
    const error = await failure(QmpClient.connect(peer.client));
    expect(error.code).toBe('qmp-protocol');
    expect(error.shortMessage).toBe(`QMP: ${message}`);
  });

  test('fails when the greeting does not come in time, and says where to look', async () => {
    const error = await failure(QmpClient.connect(new Peer().client, { timeoutMs: 1 }));
    expect(error).toMatchObject({ code: 'qmp-timeout', failureCause: 'harness-fault', hint: expect.stringContaining('look at the host') });
    expect(error.shortMessage).toBe('QMP: no answer to greeting within 1 ms');
  });

  test('fails at once when QEMU is gone', async () => {
    const peer = new Peer();
    const connecting = failure(QmpClient.connect(peer.client));
    peer.hangUp();
    expect(await connecting).toMatchObject({ code: 'qmp-protocol', shortMessage: 'QMP: QEMU closed the connection' });
  });

  test('misses no event, not even one before its own reply', async () => {
    const events: QmpEvent[] = [];
    const peer = new Peer();
    peer.say(greeting, shutdown);
    const connecting = QmpClient.connect(peer.client, { onEvent: (event) => events.push(event) });
    const { id } = await peer.command();
    peer.say(shutdown, { return: {}, id });
    await connecting;
    expect(events).toEqual([shutdown, shutdown]);
  });
});

describe('a command', () => {
  test('takes its arguments along and gives what is returned, events in between or not', async () => {
    const events: string[] = [];
    const { peer, client } = await connected((event) => events.push(event.event));
    const reply = client.execute('human-monitor-command', { 'command-line': 'info x' });
    const command = await peer.command();
    expect(command).toMatchObject({ execute: 'human-monitor-command', arguments: { 'command-line': 'info x' } });
    peer.say(shutdown, { return: 'text', id: command.id });
    expect(await reply).toBe('text');
    expect(events).toEqual(['SHUTDOWN']);
  });

  test('gets its own reply, whatever their order and however they are cut', async () => {
    const { peer, client } = await connected();
    const replies = [client.execute('a'), client.execute('b')];
    const [a, b] = [await peer.command(), await peer.command()];
    const bytes = `${JSON.stringify({ return: 'of b', id: b.id })}\n\n${JSON.stringify({ return: 'of ä', id: a.id })}\n`;
    for (const character of bytes) peer.say(character);
    expect(await Promise.all(replies)).toEqual(['of ä', 'of b']);
  });

  test('that QEMU refuses fails in QEMU’s words', async () => {
    const { peer, client } = await connected();
    const reply = failure(client.execute('device_add', { driver: 'x' }));
    const { id } = await peer.command();
    peer.say({ error: { class: 'GenericError', desc: "'x' is not a valid device model name" }, id });
    const error = await reply;
    expect(error).toBeInstanceOf(QmpCommandError);
    expect(error).toMatchObject({ code: 'qmp-command-failed', command: 'device_add', qmpClass: 'GenericError' });
    expect(error.shortMessage).toBe("QMP command device_add failed: 'x' is not a valid device model name (GenericError)");
  });

  test('that QEMU can’t parse gets the error without an id', async () => {
    const { peer, client } = await connected();
    const reply = failure(client.execute('x'));
    await peer.command();
    peer.say({ error: { class: 'GenericError', desc: 'JSON parse error' } });
    expect((await reply).shortMessage).toContain('JSON parse error');
  });

  test('that is not answered in time fails, and its late reply disturbs nobody', async () => {
    const { peer, client } = await connected();
    expect(await failure(client.execute('slow', {}, { timeoutMs: 1 }))).toMatchObject({ code: 'qmp-timeout' });
    const late = await peer.command();
    const next = client.execute('next');
    const { id } = await peer.command();
    peer.say({ return: 'late', id: late.id }, { return: 'next', id });
    expect(await next).toBe('next');
  });

  test('ends with its signal', async () => {
    const { client } = await connected();
    const controller = new AbortController();
    const reply = failure(client.execute('x', {}, { signal: controller.signal }));
    controller.abort();
    expect(await reply).toMatchObject({ code: 'aborted', shortMessage: 'QMP: x was aborted' });
  });

  test('fails when QEMU closes the connection, and so do all later ones', async () => {
    const { peer, client } = await connected();
    const replies = [failure(client.execute('a')), failure(client.execute('b'))];
    peer.hangUp();
    for (const error of await Promise.all(replies)) expect(error.shortMessage).toBe('QMP: QEMU closed the connection');
    expect((await failure(client.execute('c'))).code).toBe('qmp-protocol');
  });

  test('fails when what QEMU says is no QMP', async () => {
    const { peer, client } = await connected();
    const reply = failure(client.execute('a'));
    peer.say('\x00garbage\n');
    expect(await reply).toMatchObject({ code: 'qmp-protocol', shortMessage: 'QMP: expected a line of JSON, got "\\u0000garbage"' });
    const { peer: other, client: another } = await connected();
    const second = failure(another.execute('a'));
    other.say({ neither: 'reply nor event' });
    expect((await second).shortMessage).toContain('expected a reply or an event, got {"neither"');
  });
});

test('a listener that was removed hears nothing more', async () => {
  const { peer, client } = await connected();
  const heard: string[] = [];
  const remove = client.onEvent((event) => heard.push(event.event));
  const ask = async (): Promise<void> => {
    const reply = client.execute('x');
    const { id } = await peer.command();
    peer.say(shutdown, { return: {}, id });
    await reply;
  };
  await ask();
  remove();
  await ask();
  expect(heard).toEqual(['SHUTDOWN']);
});

test('disposing closes the connection', async () => {
  const { peer, client } = await connected();
  await client[Symbol.asyncDispose]();
  expect(peer.client.destroyed).toBe(true);
});
