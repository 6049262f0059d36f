import type { QmpClient } from '../qmp/client.ts';
import { HeldFile } from '../snapshot/held-file.ts';
import { codeOf, GuestSymbols } from './guest-symbols.ts';
import { kernelSymbolsIn } from './memory-file.ts';

/** Writing a guest's memory to a file takes a second a GiB; a loaded host may need much more. */
const timeoutMs = 120_000;

/**
 * Symbols of a running guest's kernel, from its memory: without the guest's help, so of one that hangs as well. It stands meanwhile.
 * (QEMU, qapi/dump.json)
 */
export async function readLiveSymbols(qmp: QmpClient, signal?: AbortSignal): Promise<GuestSymbols | undefined> {
  const memory = HeldFile.unnamed();
  try {
    const wait = { timeoutMs, ...(signal && { signal }) };
    await qmp.execute('dump-guest-memory', { paging: false, protocol: `file:${memory.path}` }, wait);
    return await symbolsIn(memory.path);
  } finally {
    memory[Symbol.dispose]();
  }
}

/** Undefined where the memory in the file has no Linux kernel with symbols. */
export async function symbolsIn(path: string, others: Parameters<typeof GuestSymbols.of>[0] = []): Promise<GuestSymbols | undefined> {
  const symbols = await kernelSymbolsIn(path);
  return symbols && GuestSymbols.of([...codeOf(symbols), ...others]);
}
