import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { BringupError } from '../../model/errors.ts';
import { Gdb } from './gdb.ts';
import { encodePacket, PacketReader } from './packet.ts';
import type { StoppedGuest } from './stopped-guest.ts';

/** What the stub answers to a packet: a payload, bytes as they are, or nothing. */
type Answer = string | { readonly bytes: string } | undefined;

const files: Record<string, string> = {
  'target.xml': '<target><xi:include href="core.xml"/><xi:include href="system.xml"/></target>',
  'core.xml':
    '<feature><reg name="x0" bitsize="64"/><reg name="pc" bitsize="64" type="code_ptr"/><reg name="cpsr" bitsize="32"/></feature>',
  'system.xml': '<feature><reg name="VBAR" bitsize="64" regnum="70"/><reg bitsize="64" name="TCR_EL1"/></feature>',
};

/** QEMU's end of the line: a stub with little memory of its own, whose answers a test may replace. */
class Stub {
  readonly client: Duplex;
  readonly packets: string[] = [];
  acks = 0;
  naks = 0;
  readonly #own: Duplex;
  readonly #override: (packet: string) => Answer | 'usual';
  readonly #pieceChars: number;

  constructor(override: (packet: string) => Answer | 'usual' = () => 'usual', pieceChars = 50) {
    [this.client, this.#own] = duplexPair();
    this.#override = override;
    this.#pieceChars = pieceChars;
    const reader = new PacketReader(4_096);
    this.#own.on('data', (chunk: Buffer) => {
      if (chunk.includes(0x03)) this.#answer('stop', this.#override('stop'));
      for (const event of reader.push(chunk)) {
        if (event.kind === 'ack') this.acks += 1;
        else if (event.kind === 'nak') this.naks += 1;
        else if (event.kind === 'packet') {
          this.packets.push(event.payload);
          this.say({ bytes: '+' });
          this.#answer(event.payload, this.#override(event.payload));
        }
      }
    });
  }

  say(answer: Answer): void {
    if (answer === undefined || this.#own.writableEnded) return;
    this.#own.write(typeof answer === 'string' ? encodePacket(answer) : Buffer.from(answer.bytes, 'latin1'));
  }

  hangUp(): void {
    this.#own.end();
  }

  #answer(packet: string, answer: Answer | 'usual'): void {
    this.say(answer === 'usual' ? this.#usual(packet) : answer);
  }

  #usual(packet: string): Answer {
    if (packet === 'stop') return 'T02thread:01;';
    if (packet.startsWith('qSupported')) return 'PacketSize=1000;qXfer:features:read+';
    if (packet === 'qfThreadInfo') return 'm01';
    if (packet === 'qsThreadInfo') return this.packets.filter((each) => each === packet).length % 2 === 1 ? 'm02' : 'l';
    if (packet.startsWith('Hg') || /^[PM]/.test(packet)) return 'OK';
    const [, name, at, length] = /^qXfer:features:read:([^:]+):(\w+),(\w+)$/.exec(packet) ?? [];
    if (name !== undefined) {
      const [from, most] = [Number.parseInt(at as string, 16), Math.min(this.#pieceChars, Number.parseInt(length as string, 16))];
      const text = files[name] ?? '';
      return (from + most < text.length ? 'm' : 'l') + text.slice(from, from + most);
    }
    return packet === 'c' ? undefined : '';
  }
}

async function stopped(override?: (packet: string) => Answer | 'usual'): Promise<{ stub: Stub; gdb: Gdb; guest: StoppedGuest }> {
  const stub = new Stub(override);
  const gdb = new Gdb(stub.client);
  return { stub, gdb, guest: await gdb.interrupt() };
}

async function failure(promise: Promise<unknown>): Promise<BringupError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof BringupError) return error;
  throw new Error(`expected a BringupError, got ${error}`);
}

const answering =
  (packet: string, answer: Answer) =>
  (asked: string): Answer | 'usual' =>
    asked === packet ? answer : 'usual';

describe('interrupt', () => {
  test('learns registers and vCPUs, piece by piece, and acknowledges each packet', async () => {
    const { stub, guest } = await stopped();
    expect(guest.registerNames).toEqual(['x0', 'pc', 'cpsr', 'VBAR', 'TCR_EL1']);
    expect(guest.vcpus).toBe(2);
    expect(stub.packets.filter((packet) => packet.startsWith('qXfer')).length).toBeGreaterThan(3);
    // The stop is answered by a packet as well.
    expect(stub.acks).toBe(stub.packets.length + 1);
  });

  test('asks for the description once, and says nothing to a machine that runs', async () => {
    const { stub, gdb, guest } = await stopped();
    await guest.continue();
    expect(stub.packets.at(-1)).toBe('c');
    const [packets, acks] = [stub.packets.length, stub.acks];
    await new Promise((resolve) => setImmediate(resolve));
    expect([stub.packets.length, stub.acks]).toEqual([packets, acks]);
    await gdb.interrupt();
    expect(stub.packets.slice(packets)).toEqual(['qfThreadInfo', 'qsThreadInfo', 'qsThreadInfo']);
  });

  test('of a machine that is stopped is a mistake', async () => {
    const { gdb } = await stopped();
    expect(await failure(gdb.interrupt())).toMatchObject({ code: 'usage', shortMessage: 'the machine is stopped already' });
  });

  test('that nothing answers is the harness’s fault, and the line is not used again', async () => {
    const stub = new Stub(answering('stop', undefined));
    const gdb = new Gdb(stub.client);
    const error = await failure(gdb.interrupt({ timeoutMs: 1 }));
    expect(error).toMatchObject({ code: 'harness-fault', shortMessage: 'GDB: no answer to stop within 1 ms' });
    expect(await failure(gdb.interrupt())).toBe(error);
  });

  test.for([
    {
      what: 'a description without registers',
      packet: /^qXfer/,
      answer: 'l<target/>',
      message: /expected a target description with registers/,
    },
    { what: 'a file that is refused', packet: /^qXfer/, answer: 'E01', message: /expected the file target.xml, got "E01"/ },
    { what: 'no threads', packet: /^qfThread/, answer: 'l', message: /expected the list of threads, got "l"/ },
  ])('fails on $what', async ({ packet, answer, message }) => {
    const error = await failure(stopped((asked) => (packet.test(asked) ? answer : 'usual')));
    expect(error).toMatchObject({ code: 'harness-fault', shortMessage: expect.stringMatching(message) });
  });
});

describe('registers', () => {
  test('are read by number, lowest byte first, of the vCPU asked for', async () => {
    const { stub, guest } = await stopped((packet) => (packet === 'p1' ? 'efcdab8967452301' : packet === 'p2' ? 'c5030060' : 'usual'));
    const before = stub.packets.length;
    expect(await guest.readRegister('pc')).toBe(0x0123456789abcdefn);
    expect(await guest.readRegister('cpsr')).toBe(0x600003c5n);
    expect(await guest.readRegister('pc', { vcpu: 1 })).toBe(0x0123456789abcdefn);
    expect(stub.packets.slice(before)).toEqual(['Hg01', 'p1', 'p2', 'Hg02', 'p1']);
  });

  test('have the architecture’s name or QEMU’s', async () => {
    const { stub, guest } = await stopped((packet) => (/^p4[67]$/.test(packet) ? '0008000000000000' : 'usual'));
    for (const name of ['VBAR', 'VBAR_EL1', 'TCR_EL1']) expect(await guest.readRegister(name)).toBe(0x800n);
    expect(stub.packets.slice(-3)).toEqual(['p46', 'p46', 'p47']);
  });

  test.for([
    { name: 'x99', access: {}, message: 'the machine has no register x99' },
    { name: 'VBAR_EL2', access: {}, message: 'the machine has no register VBAR_EL2' },
    { name: 'pc', access: { vcpu: 2 }, message: 'the machine has no vCPU 2: it has 2, counted from 0' },
  ])('$name $access is a mistake', async ({ name, access, message }) => {
    const { guest } = await stopped();
    expect(await failure(guest.readRegister(name, access))).toMatchObject({ code: 'usage', shortMessage: message });
  });

  test.for(['E14', '', 'xxxxxxxxxxxxxxxx', '00'])('that come as %o are a fault', async (answer) => {
    const { guest } = await stopped(answering('p1', answer));
    expect(await failure(guest.readRegister('pc'))).toMatchObject({
      code: 'harness-fault',
      shortMessage: `GDB: expected 8 bytes of register pc, got ${JSON.stringify(answer)}`,
    });
  });

  test('are written and read back', async () => {
    const { stub, guest } = await stopped(answering('p1', 'efcd000000000000'));
    await guest.writeRegister('pc', 0xcdefn);
    expect(stub.packets.slice(-2)).toEqual(['P1=efcd000000000000', 'p1']);
    expect(await failure(guest.writeRegister('pc', 1n))).toMatchObject({
      code: 'usage',
      shortMessage: 'register pc did not take 0x1: it holds 0xcdef',
    });
  });

  test('take no value that does not fit', async () => {
    const { stub, guest } = await stopped();
    const before = stub.packets.length;
    expect((await failure(guest.writeRegister('cpsr', 1n << 32n))).code).toBe('usage');
    expect((await failure(guest.writeRegister('cpsr', -1n))).code).toBe('usage');
    expect(stub.packets.length).toBe(before);
  });
});

describe('memory', () => {
  test('is read in pieces that fit a packet', async () => {
    const { stub, guest } = await stopped((packet) => {
      const length = /^m\w+,(\w+)$/.exec(packet)?.[1];
      return length === undefined ? 'usual' : packet[1]?.repeat(2 * Number.parseInt(length, 16));
    });
    const bytes = await guest.readMemory(0x1000n, 1_030);
    expect(stub.packets.slice(-2)).toEqual(['m1000,400', 'm1400,6']);
    expect(bytes).toEqual(Buffer.alloc(1_030, 0x11));
  });

  test('that is not mapped is undefined to read, and a mistake to write', async () => {
    const { guest } = await stopped((packet) => (/^[mM]/.test(packet) ? 'E14' : 'usual'));
    expect(await guest.readMemory(0n, 8)).toBeUndefined();
    expect(await failure(guest.writeMemory(0x20n, Buffer.from('x')))).toMatchObject({
      code: 'usage',
      shortMessage: 'vCPU 0 maps no memory at 0x20',
    });
  });

  test('that comes short is a fault', async () => {
    const { guest } = await stopped(answering('m0,2', '00'));
    expect((await failure(guest.readMemory(0n, 2))).code).toBe('harness-fault');
  });

  test('is written in pieces', async () => {
    const { stub, guest } = await stopped();
    await guest.writeMemory(0xffff_0000_0000_0000n, Buffer.alloc(1_025, 0xab));
    expect(stub.packets.slice(-2)).toEqual([`Mffff000000000000,400:${'ab'.repeat(1_024)}`, 'Mffff000000000400,1:ab']);
  });
});

describe('continue', () => {
  test('ends what can be asked', async () => {
    const { guest } = await stopped();
    await guest.continue();
    expect(guest.isStopped).toBe(false);
    for (const asked of [guest.readRegister('pc'), guest.readMemory(0n, 1), guest.writeMemory(0n, Buffer.of(1)), guest.continue()]) {
      expect((await failure(asked)).shortMessage).toContain('the machine runs');
    }
  });

  test('is what disposing does, once, of guest and line', async () => {
    const { stub, gdb, guest } = await stopped();
    await guest[Symbol.asyncDispose]();
    await guest[Symbol.asyncDispose]();
    expect(stub.packets.filter((packet) => packet === 'c')).toHaveLength(1);
    await gdb.interrupt();
    await gdb[Symbol.asyncDispose]();
    expect(stub.packets.filter((packet) => packet === 'c')).toHaveLength(2);
    expect(stub.client.destroyed).toBe(true);
    expect((await failure(gdb.interrupt())).code).toBe('disposed');
  });
});

describe('the line', () => {
  test('asks for a damaged packet again', async () => {
    let isFirst = true;
    const { stub, guest } = await stopped((packet) => {
      if (packet !== 'p1' || !isFirst) return 'usual';
      isFirst = false;
      return { bytes: '$efcdab8967452301#00' };
    });
    const value = guest.readRegister('pc');
    await expect.poll(() => stub.naks).toBe(1);
    stub.say('efcdab8967452301');
    expect(await value).toBe(0x0123456789abcdefn);
  });

  test('sends a packet again that was not understood, and gives up in the end', async () => {
    let refusals = 1;
    const { stub, guest } = await stopped((packet) => {
      if (packet !== 'p1') return 'usual';
      refusals -= 1;
      return refusals >= 0 ? { bytes: '-' } : '0100000000000000';
    });
    expect(await guest.readRegister('pc')).toBe(1n);
    expect(stub.packets.slice(-2)).toEqual(['p1', 'p1']);
    refusals = 10;
    expect((await failure(guest.readRegister('pc'))).shortMessage).toBe('GDB: QEMU refused a packet 4 times as damaged');
  });

  test('takes no stop for an answer, and no answer for a stop', async () => {
    const { stub, guest } = await stopped((packet) => (packet === 'p1' ? { bytes: '$T02thread:01;#04$0100000000000000#01' } : 'usual'));
    expect(await guest.readRegister('pc')).toBe(1n);
    expect(stub.naks).toBe(0);
    const late = new Stub((packet) => (packet === 'stop' ? { bytes: '$OK#9a$T02thread:01;#04' } : 'usual'));
    expect((await new Gdb(late.client).interrupt()).vcpus).toBe(2);
  });

  test('gives concurrent calls their own answers', async () => {
    const { guest } = await stopped((packet) =>
      /^p[012]$/.test(packet) ? `0${packet[1]}000000${packet === 'p2' ? '' : '00000000'}` : 'usual',
    );
    const names = ['pc', 'cpsr', 'x0'].map((name) => guest.readRegister(name));
    expect(await Promise.all(names)).toEqual([1n, 2n, 0n]);
  });

  test('lets no call come between another’s choice of a vCPU and its question', async () => {
    let chosen = '';
    const { guest } = await stopped((packet) => {
      if (packet.startsWith('Hg')) chosen = packet.slice(2);
      return packet === 'p1' ? `${chosen}00000000000000` : 'usual';
    });
    const values = [0, 1, 1, 0].map((vcpu) => guest.readRegister('pc', { vcpu }));
    expect(await Promise.all(values)).toEqual([1n, 2n, 2n, 1n]);
  });

  test('breaks on a packet without end', async () => {
    const { guest } = await stopped(answering('p1', { bytes: `$${'0'.repeat(70_000)}` }));
    expect((await failure(guest.readRegister('pc'))).shortMessage).toBe('GDB: a packet of over 65536 bytes');
  });

  test('ends with a call’s signal', async () => {
    const { guest } = await stopped((packet) => (packet === 'p2' ? '00000000' : packet === 'p1' ? undefined : 'usual'));
    await guest.readRegister('cpsr');
    const controller = new AbortController();
    const value = failure(guest.readRegister('pc', { signal: controller.signal }));
    controller.abort();
    expect(await value).toMatchObject({ code: 'aborted', shortMessage: 'GDB: p1 was aborted' });
    // What comes late would be taken for the next call's answer.
    expect((await failure(guest.readRegister('cpsr'))).code).toBe('aborted');
  });

  test('that QEMU closes fails calls, and later ones', async () => {
    const { stub, guest, gdb } = await stopped(answering('p1', undefined));
    const value = failure(guest.readRegister('pc'));
    stub.hangUp();
    expect(await value).toMatchObject({ code: 'harness-fault', shortMessage: 'GDB: QEMU closed the connection' });
    expect((await failure(guest.readRegister('pc'))).shortMessage).toBe('GDB: QEMU closed the connection');
    await gdb[Symbol.asyncDispose]();
  });

  test('that QEMU closes as it ends gives the machine’s word for it', async () => {
    const fate = new AbortController();
    const stub = new Stub(answering('p1', undefined));
    const guest = await new Gdb(stub.client, fate.signal).interrupt();
    const value = failure(guest.readRegister('pc'));
    stub.hangUp();
    await new Promise((resolve) => setImmediate(resolve));
    const end = new BringupError('guest-exit', 'the guest powered off');
    fate.abort(end);
    expect(await value).toBe(end);
    expect(await failure(new Gdb(new Stub().client, fate.signal).interrupt())).toBe(end);
  });
});
