import { BringupError } from '../../model/errors.ts';
import { fromHex, toBytes, toValue } from './bytes.ts';
import type { GdbConnection, GdbWait } from './connection.ts';
import type { RegisterPlace, RegisterPlaces } from './target-description.ts';

/** Whose registers, and by whose page tables: a vCPU. */
export interface GdbAccess extends GdbWait {
  /** @default 0 */
  vcpu?: number;
}

/** Less than half of a packet of QEMU's, which holds 4,096 digits. */
const memoryPieceBytes = 1_024;

/** A machine that stands still under the debugger's hand. Disposing it lets the machine go on. */
export class StoppedGuest implements AsyncDisposable {
  readonly #connection: GdbConnection;
  readonly #registers: RegisterPlaces;
  readonly #threads: readonly string[];
  #selected: number | undefined;
  #isStopped = true;

  constructor(connection: GdbConnection, registers: RegisterPlaces, threads: readonly string[]) {
    this.#connection = connection;
    this.#registers = registers;
    this.#threads = threads;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** vCPUs that the machine has. */
  get vcpus(): number {
    return this.#threads.length;
  }

  /** Names of the registers, system registers included. QEMU has some EL1 registers without their `_EL1`. */
  get registerNames(): readonly string[] {
    return [...this.#registers.keys()];
  }

  /**
   * A register by its name in QEMU's target description, e.g. `x0`, `pc`, `cpsr`, `VBAR_EL1`.
   * @throws BringupError `usage` for a register or vCPU that the machine doesn't have; see `GdbConnection.ask`.
   */
  async readRegister(name: string, access: GdbAccess = {}): Promise<bigint> {
    const { number, sizeBytes } = this.#place(name);
    const answer = await this.#ask(access, `p${number.toString(16)}`);
    const bytes = fromHex(answer);
    if (bytes?.length === sizeBytes) return toValue(bytes);
    throw unexpected(`${sizeBytes} bytes of register ${name}`, answer);
  }

  /**
   * Writes a register and reads it back: QEMU says OK to a write that it ignores, as it does those to system registers.
   * @throws BringupError `usage` for a register or vCPU that the machine doesn't have, a value that does not fit, or one that is not taken.
   */
  async writeRegister(name: string, value: bigint, access: GdbAccess = {}): Promise<void> {
    const { number, sizeBytes } = this.#place(name);
    const bytes = toBytes(value, sizeBytes);
    if (bytes === undefined) throw usage(`register ${name} holds ${sizeBytes} bytes: 0x${value.toString(16)} does not fit`);
    const answer = await this.#ask(access, `P${number.toString(16)}=${bytes.toString('hex')}`);
    if (answer !== 'OK') throw unexpected(`OK to the write of register ${name}`, answer);
    const kept = await this.readRegister(name, access);
    if (kept !== value) throw usage(`register ${name} did not take 0x${value.toString(16)}: it holds 0x${kept.toString(16)}`);
  }

  /**
   * Memory by the vCPU's own virtual addresses; undefined where not all of it is mapped, or not for the level that the vCPU runs at: a vCPU in user code
   * can't read the kernel's pages.
   */
  async readMemory(address: bigint, sizeBytes: number, access: GdbAccess = {}): Promise<Buffer | undefined> {
    this.#requireStopped();
    const pieces: Buffer[] = [];
    for (let at = 0; at < sizeBytes; at += memoryPieceBytes) {
      const length = Math.min(memoryPieceBytes, sizeBytes - at);
      const answer = await this.#ask(access, `m${(address + BigInt(at)).toString(16)},${length.toString(16)}`);
      if (isError(answer)) return undefined;
      const bytes = fromHex(answer);
      if (bytes?.length !== length) throw unexpected(`${length} bytes of memory`, answer);
      pieces.push(bytes);
    }
    return Buffer.concat(pieces);
  }

  /**
   * Writes memory by the vCPU's own virtual addresses, read-only pages as well.
   * @throws BringupError `usage` where not all of it is mapped.
   */
  async writeMemory(address: bigint, bytes: Uint8Array, access: GdbAccess = {}): Promise<void> {
    this.#requireStopped();
    for (let at = 0; at < bytes.length; at += memoryPieceBytes) {
      const piece = Buffer.from(bytes.subarray(at, at + memoryPieceBytes));
      const from = (address + BigInt(at)).toString(16);
      const answer = await this.#ask(access, `M${from},${piece.length.toString(16)}:${piece.toString('hex')}`);
      if (isError(answer)) throw usage(`vCPU ${access.vcpu ?? 0} maps no memory at 0x${from}`);
      if (answer !== 'OK') throw unexpected(`OK to a write at 0x${from}`, answer);
    }
  }

  /** Lets the machine go on. */
  async continue(wait: GdbWait = {}): Promise<void> {
    this.#requireStopped();
    this.#isStopped = false;
    await this.#connection.tell('c', wait);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isStopped && this.#connection.brokenBy === undefined) await this.continue();
  }

  #place(name: string): RegisterPlace {
    this.#requireStopped();
    const place = this.#registers.get(name) ?? this.#registers.get(name.replace(/_EL1$/, ''));
    if (place) return place;
    throw usage(`the machine has no register ${name}`, 'registerNames lists them.');
  }

  /** Asks about a vCPU. The choice of it and the question are queued in one go, so that no other call comes between. */
  async #ask({ vcpu = 0, ...wait }: GdbAccess, packet: string): Promise<string> {
    const thread = this.#threads[vcpu];
    if (thread === undefined) throw usage(`the machine has no vCPU ${vcpu}: it has ${this.vcpus}, counted from 0`);
    const isChosen = this.#selected === vcpu;
    this.#selected = vcpu;
    const [choice, answer] = await Promise.all([
      isChosen ? 'OK' : this.#connection.ask(`Hg${thread}`, wait),
      this.#connection.ask(packet, wait),
    ]);
    if (choice !== 'OK') throw unexpected(`OK to the choice of vCPU ${vcpu}`, choice);
    return answer;
  }

  #requireStopped(): void {
    if (!this.#isStopped) throw usage('the machine runs: its registers and memory can’t be read', 'call machine.gdb.interrupt() first.');
  }
}

function isError(answer: string): boolean {
  return /^E[0-9a-f]{2}$/i.test(answer);
}

function usage(what: string, hint?: string): BringupError {
  return new BringupError('usage', what, { hint });
}

function unexpected(what: string, answer: string): BringupError {
  return new BringupError('harness-fault', `GDB: expected ${what}, got ${JSON.stringify(answer.slice(0, 200))}`);
}
