/** One vCPU as QEMU's `info registers -a` shows it. */
export interface VcpuRegisters {
  readonly pc: bigint;
  /** Undefined where the text does not tell. */
  readonly privilege: 'user' | 'kernel' | undefined;
  /** All of its text: two that are equal are of a vCPU whose registers are the same. */
  readonly text: string;
}

/** The vCPUs in the text of QEMU's `info registers -a` (target/arm/cpu.c, target/i386/cpu-dump.c), by index. */
export function parseRegisters(dump: string): ReadonlyMap<number, VcpuRegisters> {
  const found = new Map<number, VcpuRegisters>();
  for (const block of dump.split(/^CPU#/m).slice(1)) {
    const index = Number.parseInt(block, 10);
    const pc = /\b(?:PC|[RE]IP)=([0-9a-f]+)/.exec(block)?.[1];
    if (!Number.isInteger(index) || pc === undefined) continue;
    found.set(index, { pc: BigInt(`0x${pc}`), privilege: privilegeOf(block), text: block });
  }
  return found;
}

/** Arm's exception level 0 and x86's ring 3 are the programs'. */
function privilegeOf(block: string): VcpuRegisters['privilege'] {
  const level = /\bEL([0-3])[th]?\b/.exec(block)?.[1] ?? { 0: '1', 3: '0' }[/\bCPL=([03])/.exec(block)?.[1] ?? ''];
  if (level === undefined) return undefined;
  return level === '0' ? 'user' : 'kernel';
}
