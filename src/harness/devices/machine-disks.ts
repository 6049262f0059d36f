import { BringupError } from '../../model/errors.ts';
import type { QemuProcess } from '../qemu-process.ts';
import type { QmpClient } from '../qmp/client.ts';
import { WriteLog } from '../write-log/write-log.ts';
import { logNode } from './block-nodes.ts';
import type { OpenDisks } from './open-disks.ts';

/** What the test has of a machine's disks, those that are plugged in included. */
export class MachineDisks implements Disposable {
  readonly #qmp: QmpClient;
  readonly #process: Pick<QemuProcess, 'exit'>;
  readonly #logs = new Map<string, WriteLog>();
  readonly #atRest: Promise<unknown>[] = [];

  constructor(qmp: QmpClient, process: Pick<QemuProcess, 'exit'>) {
    this.#qmp = qmp;
    this.#process = process;
  }

  add({ logs, atRest }: OpenDisks): void {
    this.#atRest.push(atRest);
    for (const [id, files] of logs) this.#logs.set(id, new WriteLog(files, () => this.#settle(id)));
  }

  /** @throws BringupError `usage` */
  log(id: string): WriteLog {
    const log = this.#logs.get(id);
    if (log) return log;
    throw new BringupError('usage', `the machine has no disk ${id} with a write log`, {
      hint: 'give the disk writeLog: true; the first one is disk0.',
    });
  }

  async readLogs(): Promise<void> {
    for (const log of this.#logs.values()) await log.read();
  }

  /** Resolves when what the disks hold is what it stays, once QEMU is gone. */
  async atRest(): Promise<void> {
    await Promise.all(this.#atRest);
  }

  [Symbol.dispose](): void {
    for (const log of this.#logs.values()) log[Symbol.dispose]();
  }

  /**
   * Has QEMU finish the requests that it has taken, by the one command that does this and no more: `stop` would flush the disk, which the log takes
   * for the guest's FLUSH (QEMU, qemu-io-cmds.c: aio_flush; softmmu/cpus.c: do_vm_stop).
   */
  async #settle(id: string): Promise<void> {
    if (this.#process.exit !== undefined) return;
    const said = await this.#qmp.execute('human-monitor-command', { 'command-line': `qemu-io ${logNode(id)} "aio_flush"` });
    if (said !== '') throw new BringupError('harness-fault', `QEMU did not finish the requests of ${id}: ${String(said).trim()}`);
  }
}
