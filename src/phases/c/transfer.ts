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
/** For the worst line, on a busy host. */
const [fetchTimeoutMs, budgetMs] = [400_000, 600_000];

/** The same files over lines of many kinds, in both directions: the kernel under test receives, and sends. */
export const transferChecks: readonly CheckDraft[] = [
  check(
    'c.transfer.clean',
    `${servedMiB} MiB each way over a clean line arrive as they were sent`,
    { guest, budgetMs },
    async (context) => {
      const gateway = await startGateway(context);
      context.metric('received_bytes_per_s', (transferBytes * 1_000) / (await transfer(context, toGuest(context, gateway))));
      context.metric('sent_bytes_per_s', (transferBytes * 1_000) / (await transfer(context, await fromGuest(context, gateway, servedMiB))));
    },
  ),

  impaired('loss', 'a line that loses 5 % of the frames', { loss: 0.05 }),
  impaired('delay', 'a line that delays each frame by 50 ms', { delayMs: 50 }),
  impaired('reordering', 'a line on which 5 % of the frames are overtaken', { reorder: 0.05, reorderMs: 5 }),
  impaired('duplication', 'a line on which 5 % of the frames come twice', { duplicate: 0.05 }),
  impaired('corruption', 'a line that changes a bit of 1 % of the frames', { corrupt: 0.01 }),

  check(
    'c.transfer.partition',
    `${servedMiB} MiB to the guest, and ${sentMiB} MiB from it, arrive as they were sent, though in between nothing gets through for ${partitionMs / 1_000} s`,
    { guest, budgetMs },
    async (context) => {
      const gateway = await startGateway(context);
      const lan = context.lab.segment();
      // So that it lasts longer than the wait before the line is cut.
      lan.impair('guest', { bitsPerS: 64e6 });
      const transfers = [toGuest(context, gateway), await fromGuest(context, gateway, sentMiB)];
      let bytes = 0;
      const { promise: isUnderWay, resolve } = Promise.withResolvers<void>();
      lan.alter('guest', (frame) => {
        bytes += frame.length;
        if (bytes > 4 * 2 ** 20) resolve();
        return frame;
      });
      const done = transfer(context, ...transfers);
      await Promise.race([isUnderWay, done]);
      lan.partition(['guest']);
      await sleep(partitionMs, undefined, { signal: context.signal });
      assert.ok(bytes < transferBytes, `the line was cut before the end; ${bytes} bytes had passed when it was whole again`);
      lan.heal();
      await done;
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
      await transfer(context, toGuest(context, gateway), await fromGuest(context, gateway, sentMiB));
    },
  );
}

interface Transfer {
  readonly from: Pick<Machine, 'shell'>;
  readonly to: Pick<Machine, 'shell'>;
  /** Where `from` serves its files. */
  readonly address: string;
}

/** The guest fetches the gateway's files. */
const toGuest = (context: CheckContext, gateway: Machine): Transfer => ({ from: gateway, to: context, address: addresses.gateway });

/** The gateway fetches files that the guest makes. */
async function fromGuest(context: CheckContext, gateway: Machine, mib: number): Promise<Transfer> {
  for (const command of servingFiles(mib)) await succeed(context, command);
  return { from: context, to: gateway, address: addresses.guest };
}

/** All files of all transfers at the same time: a line that loses much makes each of them wait, not all. Gives how long it took, in milliseconds. */
async function transfer({ within }: CheckContext, ...transfers: readonly Transfer[]): Promise<number> {
  const run = ({ shell }: Pick<Machine, 'shell'>, command: string) => succeed({ shell, within }, command, fetchTimeoutMs);
  const startedAtMs = performance.now();
  for (const { to, address } of transfers) {
    const fetch = `wget -q -O /tmp/fetched/$i http://${address}:${servedFiles.port}/$i & pids="$pids $!"`;
    await run(to, `mkdir -p /tmp/fetched; pids=; for i in ${servedFiles.names}; do ${fetch}; done`);
  }
  for (const { to } of transfers) await run(to, 'for pid in $pids; do wait $pid || exit_status=1; done; [ -z "$exit_status" ]');
  const durationMs = performance.now() - startedAtMs;
  for (const { from, to } of transfers) {
    const sent = await run(from, `cat ${servedFiles.digest}`);
    assert.equal(await run(to, 'cat /tmp/fetched/* | sha512sum'), sent, 'SHA-512 of what arrived');
  }
  return durationMs;
}
