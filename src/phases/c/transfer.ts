import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Impairment } from '../../harness/lab/impairment.ts';
import type { Machine } from '../../harness/machine.ts';
import { type CheckContext, type CheckDraft, check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { addresses, configured, startGateway } from './lan.ts';

const transferMiB = 32;
/** The other way at the same time, over a line that is worse than it should be. */
const sentMiB = 8;
const transferBytes = transferMiB * 2 ** 20;
const partitionMs = 5_000;

const guest = { init: 'shell', ...configured } as const;
/** For two transfers over the worst line, on a busy host. */
const budgetMs = 600_000;

/** The same files over lines of many kinds, in both directions: the kernel under test receives, and sends. */
export const transferChecks: readonly CheckDraft[] = [
  check(
    'c.transfer.clean',
    `${transferMiB} MiB each way over a clean line arrive as they were sent`,
    { guest, budgetMs },
    async (context) => {
      const gateway = await startGateway(context);
      context.metric('received_bytes_per_s', (transferBytes * 1_000) / (await receive(context, gateway)));
      context.metric('sent_bytes_per_s', (transferBytes * 1_000) / (await send(context, gateway, transferMiB)));
    },
  ),

  impaired('loss', 'a line that loses 5 % of the frames', { loss: 0.05 }),
  impaired('delay', 'a line that delays each frame by 50 ms', { delayMs: 50 }),
  impaired('reordering', 'a line on which 5 % of the frames are overtaken', { reorder: 0.05, reorderMs: 5 }),
  impaired('duplication', 'a line on which 5 % of the frames come twice', { duplicate: 0.05 }),
  impaired('corruption', 'a line that changes a bit of 1 % of the frames', { corrupt: 0.01 }),

  check(
    'c.transfer.partition',
    `${transferMiB} MiB arrive as they were sent, though in between nothing gets through for ${partitionMs / 1_000} s`,
    { guest, budgetMs },
    async (context) => {
      const gateway = await startGateway(context);
      const lan = context.lab.segment();
      // So that it lasts longer than the wait before the line is cut.
      lan.impair('guest', { bitsPerS: 64e6 });
      let frames = 0;
      const { promise: isUnderWay, resolve } = Promise.withResolvers<void>();
      lan.alter('guest', (frame) => {
        frames += 1;
        if (frames === 2_000) resolve();
        return frame;
      });
      const received = receive(context, gateway);
      await Promise.race([isUnderWay, received]);
      lan.partition(['guest']);
      const frozenAt = frames;
      await sleep(partitionMs, undefined, { signal: context.signal });
      lan.heal();
      assert.ok(frozenAt < transferBytes / 1_500, 'the line was cut before the end of the transfer');
      await received;
    },
  ),
];

function impaired(what: string, line: string, impairment: Impairment): CheckDraft {
  return check(
    `c.transfer.${what}`,
    `${transferMiB} MiB to the guest, and ${sentMiB} MiB from it, over ${line} arrive as they were sent`,
    { guest, budgetMs },
    async (context) => {
      const gateway = await startGateway(context);
      context.lab.segment().impair('guest', impairment);
      await Promise.all([receive(context, gateway, 4), send(context, gateway, sentMiB)]);
    },
  );
}

interface Ends {
  readonly from: Pick<Machine, 'shell'>;
  readonly to: Pick<Machine, 'shell'>;
  /** Where `from` serves files. */
  readonly address: string;
  readonly mib: number;
  /** How many files of that many bytes together go at the same time. @default 1 */
  readonly files?: number;
}

/** The guest fetches a file of the gateway's. */
function receive(context: CheckContext, gateway: Machine, files = 1): Promise<number> {
  return transfer(context, { from: gateway, to: context, address: addresses.gateway, mib: transferMiB, files });
}

/** The gateway fetches a file of the guest's. */
function send(context: CheckContext, gateway: Machine, mib: number): Promise<number> {
  return transfer(context, { from: context, to: gateway, address: addresses.guest, mib });
}

/** Random bytes, in files that the other machine fetches over HTTP; gives how long that took, in milliseconds. */
async function transfer({ within }: CheckContext, { from, to, address, mib, files = 1 }: Ends): Promise<number> {
  const [source, sink] = [from, to].map(
    ({ shell }) =>
      (command: string) =>
        succeed({ shell, within }, command),
  ) as [Run, Run];
  const numbers = Array.from({ length: files }, (_, index) => index);
  const make = `for i in ${numbers.join(' ')}; do dd if=/dev/urandom of=/tmp/served/$i bs=64k count=${(mib * 16) / files} 2> /dev/null; done`;
  const sent = await source(`mkdir -p /tmp/served && ${make}; cat /tmp/served/* | sha256sum`);
  await source('httpd -p 8080 -h /tmp/served');
  const startedAtMs = performance.now();
  await sink(`mkdir -p /tmp/fetched; for i in ${numbers.join(' ')}; do wget -q -O /tmp/fetched/$i http://${address}:8080/$i & done; wait`);
  const durationMs = performance.now() - startedAtMs;
  assert.equal(await sink('cat /tmp/fetched/* | sha256sum'), sent, 'SHA-256 of what arrived');
  return durationMs;
}

type Run = (command: string) => Promise<string>;
