import { BringupError } from '../../model/errors.ts';
import { type QemuSpec, qemuArgv, qemuPrograms, stateFd } from '../qemu-argv.ts';
import { QemuProcess } from '../qemu-process.ts';
import { QmpClient } from '../qmp/client.ts';
import { settledWithin } from '../wait.ts';
import { forkFiles, type MachineFiles } from './frozen-files.ts';
import { migrate } from './migration.ts';

/** A QEMU that holds a frozen machine, and goes on with it at QMP's `cont`. */
export class LoadedQemu implements AsyncDisposable {
  readonly process: QemuProcess;
  readonly qmp: QmpClient;

  private constructor(process: QemuProcess, qmp: QmpClient) {
    this.process = process;
    this.qmp = qmp;
  }

  /** @throws BringupError `snapshot-failed`, `qemu-start-failed`, `aborted`. */
  static async start(spec: QemuSpec, files: MachineFiles, state: Uint8Array, signal?: AbortSignal): Promise<LoadedQemu> {
    const own = forkFiles(spec, files);
    const process = await QemuProcess.start(qemuPrograms[spec.arch], qemuArgv(own.spec), { ...own.spec, files: own });
    try {
      process.state?.on('error', () => {}).end(state);
      const qmp = await QmpClient.connect(process.qmp, { timeoutMs: 15_000, ...(signal && { signal }) });
      await migrate(qmp, 'migrate-incoming', `fd:${stateFd}`, signal);
      return new LoadedQemu(process, qmp);
    } catch (error) {
      const ended = await settledWithin(process.exited, 1_000);
      await process[Symbol.asyncDispose]();
      throw ended ? notLoaded(process.stderr, error) : error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await this.qmp[Symbol.asyncDispose]();
  }
}

function notLoaded(stderr: string, cause: unknown): BringupError {
  return new BringupError('snapshot-failed', `QEMU did not take the frozen machine${stderr === '' ? '' : `: ${stderr}`}`, {
    hint: 'it was frozen by another QEMU, or has a device that can’t be frozen: boot machines instead.',
    cause,
  });
}
