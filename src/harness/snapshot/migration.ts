import { BringupError } from '../../model/errors.ts';
import type { QmpClient } from '../qmp/client.ts';
import { bounded } from '../wait.ts';

/** Reading or writing the state of a machine's devices takes some milliseconds; a loaded host may need much more. */
const timeoutMs = 30_000;

/** RAM that is a file stays where it is; QEMU tells when it is done. (QEMU, qapi/migration.json: MigrationCapability) */
const capabilities = ['x-ignore-shared', 'events'].map((capability) => ({ capability, state: true }));

/**
 * Saves or loads the state of a machine's devices, by QMP's `migrate` or `migrate-incoming`, and waits until that is done.
 * @throws BringupError `snapshot-failed` with QEMU's reason; `aborted`; `qmp-protocol` where QEMU ends meanwhile.
 */
export async function migrate(
  qmp: QmpClient,
  command: 'migrate' | 'migrate-incoming',
  uri: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wait = { timeoutMs, ...(signal && { signal }) };
  const { promise: ended, resolve } = Promise.withResolvers<unknown>();
  const unsubscribe = qmp.onEvent(({ event, data }) => {
    if (event === 'MIGRATION' && (data.status === 'completed' || data.status === 'failed')) resolve(data.status);
  });
  try {
    await qmp.execute('migrate-set-capabilities', { capabilities }, wait);
    await qmp.execute(command, { uri }, wait);
    const late = (): BringupError => failed(`QEMU’s ${command} did not end within ${timeoutMs} ms`);
    const status = await bounded(Promise.race([ended, qmp.closed]), command, wait, late);
    if (status !== 'completed') throw failed(`QEMU’s ${command} ended: ${String(status)}`);
  } catch (error) {
    if (error instanceof BringupError && error.code === 'qmp-command-failed') throw failed(error.shortMessage, error);
    throw error;
  } finally {
    unsubscribe();
  }
}

function failed(what: string, cause?: Error): BringupError {
  return new BringupError('snapshot-failed', what, {
    hint: 'this QEMU, or a device of the machine, can’t be frozen: boot machines instead.',
    cause,
  });
}
