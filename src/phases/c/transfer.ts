import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Impairment } from '../../harness/lab/impairment.ts';
import type { Machine } from '../../harness/machine.ts';
import { type CheckContext, type CheckDraft, check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { addresses, configured, servedFiles, servedMiB, servingFiles, startGateway } from './lan.ts';

/** The other way at the same time, over a line that is worse than it should be. */
const sentMiB = 8;
const transferBytes = servedMiB * 2 ** 20;
const partitionMs = 5_000;

const guest = { init: 'shell', ...configured } as const;
/** For two transfers over the worst line, on a busy host. */
const budgetMs = 600_000;

/** The same files over lines of many kinds, in both directions: the kernel under test receives, and sends. */
export const transferChecks: readonly CheckDraft[] = [
  check(
    'c.transfer.clean',
    `${servedMiB} MiB each way over a clean line arrive as they were sent`,
    { guest, budgetMs },
    async (context) => {
      const gateway = await startGateway(context);
      context.metric('received_bytes_per_s', (transferBytes * 1_000) / (await receive(context, gateway)));
      context.metric('sent_bytes_per_s', (transferBytes * 1_000) / (await send(context, gateway, servedMiB)));
    },
  ),

  impaired('loss', 'a line that loses 5 % of the frames', { loss: 0.05 }),
  impaired('delay', 'a line that delays each frame by 50 ms', { delayMs: 50 }),
  impaired('reordering', 'a line on which 5 % of the frames are overtaken', { reorder: 0.05, reorderMs: 5 }),
  impaired('duplication', 'a line on which 5 % of the frames come twice', { duplicate: 0.05 }),
  impaired('corruption', 'a line that changes a bit of 1 % of the frames', { corrupt: 0.01 }),

  check(
    'c.transfer.partition',
    `${servedMiB} MiB arrive as they were sent, though in between nothing gets through for ${partitionMs / 1_000} s`,
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
    `${servedMiB} MiB to the guest, and ${sentMiB} MiB from it, over ${line} arrive as they were sent`,
    { guest, budgetMs },
    async (context) => {
      const gateway = await startGateway(context);
      context.lab.segment().impair('guest', impairment);
      await Promise.all([receive(context, gateway), send(context, gateway, sentMiB)]);
    },
  );
}

/** The guest fetches the gateway's files; gives how long that took, in milliseconds. */
function receive(context: CheckContext, gateway: Machine): Promise<number> {
  return fetchAll(context, { from: gateway, to: context, address: addresses.gateway });
}

/** The gateway fetches files that the guest makes; gives how long that took, in milliseconds. */
async function send(context: CheckContext, gateway: Machine, mib: number): Promise<number> {
  for (const command of servingFiles(mib)) await succeed(context, command);
  return fetchAll(context, { from: context, to: gateway, address: addresses.guest });
}

interface Ends {
  readonly from: Pick<Machine, 'shell'>;
  readonly to: Pick<Machine, 'shell'>;
  /** Where `from` serves its files. */
  readonly address: string;
}

/** All files at the same time: a line that loses much makes each of them wait, not all. */
async function fetchAll({ within }: CheckContext, { from, to, address }: Ends): Promise<number> {
  const fetch = `wget -q -O /tmp/fetched/$i http://${address}:${servedFiles.port}/$i & pids="$pids $!"`;
  const startedAtMs = performance.now();
  await succeed({ shell: to.shell, within }, `mkdir -p /tmp/fetched; pids=; for i in ${servedFiles.names}; do ${fetch}; done; wait $pids`);
  const durationMs = performance.now() - startedAtMs;
  const sent = await succeed({ shell: from.shell, within }, `cat ${servedFiles.digest}`);
  assert.equal(await succeed({ shell: to.shell, within }, 'cat /tmp/fetched/* | sha512sum'), sent, 'SHA-512 of what arrived');
  return durationMs;
}
