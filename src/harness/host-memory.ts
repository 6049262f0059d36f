/** What a QEMU needs beside its guest's RAM: translated code, mostly. */
const overheadBytes = 128 * 2 ** 20;

/** Whether the host has memory left for that many machines of this size, all of them grown. */
export function hasMemoryFor(machines: number, memoryMiB: number): boolean {
  return process.availableMemory() > machines * (memoryMiB * 2 ** 20 + overheadBytes);
}
