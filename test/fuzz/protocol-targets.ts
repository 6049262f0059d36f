import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CpioEntry, directory, file, symlink } from '../../src/artifacts/cpio-entry.ts';
import { readCpio } from '../../src/artifacts/cpio-read.ts';
import { writeCpio } from '../../src/artifacts/cpio-write.ts';
import { encodePacket, PacketReader } from '../../src/harness/gdb/packet.ts';
import { QmpClient } from '../../src/harness/qmp/client.ts';
import type { Random } from '../../src/harness/random.ts';
import { frameCheck, framesIn, kinds } from '../../src/harness/shell/frames.ts';
import { BringupError } from '../../src/model/errors.ts';
import { parseRunEvent, type RunEvent } from '../../src/model/run-event.ts';
import { buildRunModel, renderJunit } from '../../src/reporters/index.ts';
import { everyOutcome } from '../../src/reporters/testing/sample-checks.ts';
import { sampleRun } from '../../src/reporters/testing/sample-run.ts';
import { piecesOf } from './parser-targets.ts';
import type { Target } from './target.ts';

const nonce = 'c0ffee01';
const frame = (sequence: number, kind: number, number: number, text = ''): string =>
  `@@br:${nonce}:${sequence}:${kind}:${number}:${text}:${frameCheck(sequence, kind, number, text.length)}@@\n`;
const frameCorpus = [
  frame(1, kinds.begin, 0) + frame(1, kinds.data, 1, 'aGVsbG8=') + frame(1, kinds.sent, 1, 'ab12') + frame(1, kinds.end, 0),
  `/ # ${frame(7, kinds.end, 130)}${frame(8, kinds.refused, 0)}${frame(8, kinds.ready, 900)}`,
];

/** Frames stand apart in their line, and each carries a right check. */
function checkFrames(bytes: Buffer): void {
  for (const line of bytes.toString('utf8').split('\n')) {
    const found = framesIn(line, nonce);
    let from = 0;
    for (const { frame: one, before } of found) {
      assert.equal(line.slice(from, from + before.length), before);
      const end = line.indexOf('@@', from + before.length + 2) + 2;
      assert.equal(line.slice(from + before.length, from + before.length + 5), '@@br:');
      assert.ok(Number.isSafeInteger(one.sequence));
      from = end;
    }
  }
}

const packets = ['', 'OK', 'qSupported:PacketSize=1000', 'T05thread:01;', 'a#b$c}d*e', '0'.repeat(300)].map(encodePacket);

/** Packets do not depend on the pieces, and none exceeds the limit. */
function checkPackets(bytes: Buffer, random: Random): void {
  const limit = 4_096;
  const read = (pieces: readonly Buffer[]) => {
    const reader = new PacketReader(limit);
    return pieces.flatMap((piece) => reader.push(piece));
  };
  const events = read([bytes]);
  assert.deepEqual(read(piecesOf(bytes, random)), events);
  for (const event of events) if (event.kind === 'packet') assert.ok(event.payload.length <= limit);
}

const qmpSession = [
  { QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 }, package: 'x' }, capabilities: ['oob'] } },
  { return: {}, id: 1 },
  { event: 'SHUTDOWN', data: { guest: true, reason: 'guest-reset' }, timestamp: { seconds: 1, microseconds: 2 } },
  { return: { status: 'running' }, id: 2 },
  { error: { class: 'GenericError', desc: 'no' }, id: 3 },
]
  .map((message) => `${JSON.stringify(message)}\r\n`)
  .join('');

/** Whatever QEMU says, each command ends with an answer or with an error of ours. */
async function checkQmp(bytes: Buffer, random: Random): Promise<void> {
  const [own, peer] = duplexPair();
  const wait = { timeoutMs: 60_000 };
  const session = (async () => {
    const client = await QmpClient.connect(own, wait);
    await Promise.all([client.execute('query-status', {}, wait), client.execute('stop', {}, wait)]);
  })().catch((error: unknown) => {
    if (!(error instanceof BringupError)) throw error;
  });
  // The greeting, and once the client has spoken the rest.
  const greetingEnd = bytes.indexOf('\n') + 1;
  peer.write(bytes.subarray(0, greetingEnd));
  await Promise.race([new Promise((resolve) => peer.once('data', resolve)), session, nextTurn(), nextTurn()]);
  for (const piece of piecesOf(bytes.subarray(greetingEnd), random)) peer.write(piece);
  await nextTurn();
  peer.end();
  own.once('end', () => own.destroy());
  await session;
  own.destroy();
}

const recordCorpus = async (): Promise<readonly Buffer[]> => [
  Buffer.from(
    sampleRun(everyOutcome)
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(''),
  ),
];

/** A record is read, or refused in words; what was read can be shown. */
function checkRecord(bytes: Buffer): void {
  const events: RunEvent[] = [];
  try {
    for (const [index, line] of bytes.toString('utf8').split('\n').filter(Boolean).entries()) {
      const event = parseRunEvent(line, index + 1);
      events.push({ ...event, seq: index });
    }
    renderJunit(buildRunModel(events));
  } catch (error) {
    if (!(error instanceof BringupError)) throw error;
  }
}

const tree: CpioEntry[] = [
  directory('bin'),
  file('bin/sh', 'x'.repeat(50), 0o755),
  symlink('bin/ls', 'sh'),
  file('init', '#!/bin/sh\n', 0o755),
];

/** An archive is read, or refused in words. */
function checkCpio(bytes: Buffer): void {
  try {
    readCpio(bytes);
  } catch (error) {
    if (!(error instanceof BringupError && error.code === 'image-invalid')) throw error;
  }
}

export const protocolTargets: readonly Target[] = [
  { name: 'frames', corpus: async () => frameCorpus.map((text) => Buffer.from(text)), check: checkFrames },
  { name: 'gdb', corpus: async () => [Buffer.concat(packets)], check: checkPackets },
  { name: 'qmp', corpus: async () => [Buffer.from(qmpSession)], check: checkQmp },
  { name: 'record', corpus: recordCorpus, check: checkRecord },
  { name: 'cpio', corpus: async () => [Buffer.from(writeCpio(tree))], check: checkCpio },
];
