import { setTimeout as delay } from 'node:timers/promises';
import { BringupError } from '../../model/errors.ts';
import { type QmpClient, QmpCommandError } from '../qmp/client.ts';
import { bounded } from '../wait.ts';

export interface UnplugOptions {
  /** Host time that the guest has for it, in milliseconds. @default 60000 */
  timeoutMs?: number;
  signal?: AbortSignal;
}

const busyPauseMs = 100;

/**
 * Removes a device by QMP's device_del, and waits until the guest has let go of it (QEMU, qapi/qdev.json: DEVICE_DELETED).
 * @throws BringupError `expect-timeout`; `aborted`; the error of QMP.
 */
export async function removeDevice(qmp: QmpClient, id: string, { timeoutMs = 60_000, signal }: UnplugOptions = {}): Promise<void> {
  const deletion = Promise.withResolvers<void>();
  const unsubscribe = qmp.onEvent(({ event, data }) => {
    if (event === 'DEVICE_DELETED' && data.device === id) deletion.resolve();
  });
  const stop = new AbortController();
  const removed = async (): Promise<void> => {
    if (await askForRemoval(qmp, id, stop.signal)) await Promise.race([deletion.promise, qmp.closed]);
  };
  try {
    await bounded(removed(), `unplugging ${id}`, { timeoutMs, signal }, () => {
      return new BringupError('expect-timeout', `the guest did not let go of ${id} within ${timeoutMs} ms`, {
        hint: 'does its kernel have PCIe hot-plug, and is it not busy with the device?',
      });
    });
  } finally {
    stop.abort();
    unsubscribe();
  }
}

/** False where nothing needs to be waited for: the guest let go after an earlier wait had ended. */
async function askForRemoval(qmp: QmpClient, id: string, stop: AbortSignal): Promise<boolean> {
  while (!stop.aborted) {
    try {
      await qmp.execute('device_del', { id });
      return true;
    } catch (error) {
      if (!(error instanceof QmpCommandError)) throw error;
      if (error.qmpClass === 'DeviceNotFound') return false;
      if (error.shortMessage.includes('already in the process of unplug')) return true;
      // QEMU refuses while the guest is still taking the device in.
      if (!error.shortMessage.includes('guest is busy')) throw error;
    }
    await delay(busyPauseMs);
  }
  return true;
}
