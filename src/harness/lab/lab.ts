import { createHash } from 'node:crypto';
import { BringupError } from '../../model/errors.ts';
import type { MachineShape } from '../boot-plan.ts';
import type { NetworkOptions } from '../devices/network.ts';
import type { ForkOptions, Machine, Snapshot, SnapshotOptions } from '../machine.ts';
import { renewalProgram } from '../snapshot/renewal.ts';
import { Capture } from './capture.ts';
import { Host } from './host.ts';
import { Peer } from './peer.ts';
import { type PortState, Segment } from './segment.ts';

/** A machine for a lab: what is left out is the profile's. */
export interface LabMachine extends Pick<MachineShape, 'append' | 'vcpus' | 'memoryMiB' | 'preparation'> {
  /** Its cards net0, net1, ... are on these. @default ['lan'] */
  readonly segments?: readonly string[];
  /** Probes that its shell finds as `/probes/<name>`. @default none */
  readonly programs?: readonly string[];
  /** Whether the lab can be frozen with it: it is booted then, and no fork. @default false */
  readonly snapshots?: boolean;
}

export type StartMachine = (
  machine: Omit<LabMachine, 'segments'> & { readonly networks: readonly NetworkOptions[] },
  options: ForkOptions,
) => Promise<Machine>;

export interface LabOptions {
  /** Of all that is left to chance on impaired links. @default 0 */
  readonly seed?: number;
  /** Starts the machines that the lab is asked for. */
  readonly start: StartMachine;
}

/** A machine in the lab, and where its cards are. */
interface Member {
  readonly machine: Machine;
  readonly segments: readonly string[];
  readonly isOwn: boolean;
}

/** A segment that a lab goes on from. */
type Segments = ReadonlyMap<string, readonly PortState[]>;

const segmentName = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * Machines on networks of their own: nothing reaches the host's network or beyond, and labs don't see each other. Its segments are there when
 * they are first named. Disposing it ends the machines that it started.
 */
export class Lab implements AsyncDisposable {
  readonly seed: number;
  readonly #start: StartMachine;
  readonly #before: Segments;
  readonly #segments = new Map<string, { readonly segment: Segment; readonly capture: Capture }>();
  readonly #members = new Map<string, Member>();
  /** Names of machines that are being started. */
  readonly #starting = new Set<string>();
  readonly #starts = new Set<Promise<unknown>>();
  #isDisposed = false;

  /** A lab that goes on from a frozen one: `LabSnapshot.fork`. */
  static fork(options: LabOptions, segments: Segments, members: readonly FrozenMember[], signal?: AbortSignal): Promise<Lab> {
    return new Lab(options, segments).#fork(members, signal);
  }

  /** @param before Segments to go on from. */
  constructor({ seed = 0, start }: LabOptions, before: Segments = new Map()) {
    this.seed = seed;
    this.#start = start;
    this.#before = before;
  }

  /** @throws BringupError `usage` for a name that is not made of small letters, digits and single hyphens. */
  segment(name = 'lan'): Segment {
    return this.#opened(name).segment;
  }

  /** What passed on each segment so far, as pcap-ng files by its name. */
  captures(): ReadonlyMap<string, Buffer> {
    return new Map(Array.from(this.#segments, ([name, { capture }]) => [name, capture.file()]));
  }

  /**
   * Starts a machine on the lab's segments. Its cards have hardware addresses that depend on its name alone.
   * @throws BringupError `usage` where the name is taken; as `boot` does.
   */
  async machine(name: string, { segments = ['lan'], ...machine }: LabMachine = {}, options: ForkOptions = {}): Promise<Machine> {
    this.#refuseTaken(name);
    for (const segment of segments) this.#opened(segment);
    const networks = segments.map((_, index): NetworkOptions => ({ kind: 'socket', mac: macOf(name, index) }));
    this.#starting.add(name);
    try {
      return await this.#own(name, this.#start({ ...machine, networks }, { id: name, ...options }), segments);
    } finally {
      this.#starting.delete(name);
    }
  }

  /**
   * Puts the cards net0, net1, ... of a machine with networks of kind `socket` on segments. The lab does not end it.
   * @throws BringupError `usage` where the name is taken, or the machine has no such card.
   */
  connect(name: string, machine: Machine, segments: readonly string[] = ['lan']): void {
    // One that has ended has left its segments, and makes room.
    if (this.#members.get(name)?.isOwn) this.#refuseTaken(name);
    this.#add(name, { machine, segments, isOwn: false });
  }

  /** The machines that the lab started, by their names. */
  get machines(): ReadonlyMap<string, Machine> {
    return new Map([...this.#members].flatMap(([name, { machine, isOwn }]) => (isOwn ? [[name, machine] as const] : [])));
  }

  /** The test itself on a segment, for frames of any kind. @throws BringupError `usage` where the name is taken. */
  peer(name: string, segment = 'lan'): Peer {
    return new Peer(this.segment(segment), name);
  }

  /** The test itself as an IPv4 host. @throws BringupError `usage` where the name is taken. */
  host(name: string, ip: string, segment = 'lan'): Host {
    return new Host(this.peer(name, segment), { mac: macOf(name, 0), ip });
  }

  /**
   * Freezes all its machines at one moment: none has seen what another had not yet sent. Frames that are under way then are lost to the forks,
   * as on a bad line. Labs that hold the test itself (`peer`, `host`) are forked without it.
   * @throws BringupError `usage` where a machine was started without `snapshots`; as `machine.snapshot` does.
   */
  async snapshot({ renewal = `/probes/${renewalProgram}`, signal }: SnapshotOptions = {}): Promise<LabSnapshot> {
    const members = [...this.#members];
    const all = barrier(members.length);
    const frozen = await Promise.allSettled(
      members.map(async ([name, { machine, segments }]) => {
        try {
          return { name, segments, snapshot: await machine.snapshot({ renewal, whenStopped: all.arrive, ...(signal && { signal }) }) };
        } catch (error) {
          all.give(error);
          throw error;
        }
      }),
    );
    const taken = frozen.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failure = frozen.find((each) => each.status === 'rejected' && each.reason === all.reason) as PromiseRejectedResult | undefined;
    if (failure) {
      for (const { snapshot } of taken) await snapshot[Symbol.asyncDispose]();
      throw failure.reason;
    }
    const segments = new Map(Array.from(this.#segments, ([name, { segment }]) => [name, segment.ports]));
    return new LabSnapshot({ seed: this.seed, start: this.#start }, taken, segments);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await Promise.allSettled(this.#starts);
    const own = [...this.#members.values()].filter(({ isOwn }) => isOwn);
    const ends = await Promise.allSettled(own.map(({ machine }) => machine[Symbol.asyncDispose]()));
    for (const { segment } of this.#segments.values()) segment[Symbol.dispose]();
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Takes machines as they start, of a lab that was frozen. */
  async #fork(members: readonly FrozenMember[], signal: AbortSignal | undefined): Promise<this> {
    const forks = await Promise.allSettled(
      members.map(({ name, segments, snapshot }) => this.#own(name, snapshot.fork({ id: name, ...(signal && { signal }) }), segments)),
    );
    const failure = forks.find((each) => each.status === 'rejected') as PromiseRejectedResult | undefined;
    if (failure === undefined) return this;
    await this[Symbol.asyncDispose]();
    throw failure.reason;
  }

  /** Whatever becomes of it, the machine is the lab's: it ends with it. */
  async #own(name: string, start: Promise<Machine>, segments: readonly string[]): Promise<Machine> {
    this.#starts.add(start);
    const machine = await start.finally(() => this.#starts.delete(start));
    try {
      if (this.#isDisposed) throw new BringupError('disposed', `the lab was disposed while its machine ${name} was started`);
      this.#add(name, { machine, segments, isOwn: true });
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  #add(name: string, member: Member): void {
    for (const [index, segment] of member.segments.entries()) {
      const port = index === 0 ? name : `${name}.${index}`;
      this.segment(segment).join(port, member.machine.link(`net${index}`));
    }
    this.#members.set(name, member);
  }

  #refuseTaken(name: string): void {
    if (this.#members.has(name) || this.#starting.has(name)) throw new BringupError('usage', `the lab has a machine ${name} already`);
  }

  #opened(name: string): { readonly segment: Segment; readonly capture: Capture } {
    const known = this.#segments.get(name);
    if (known) return known;
    if (!segmentName.test(name)) {
      throw new BringupError('usage', `segment ${JSON.stringify(name)}: expected small letters, digits and single hyphens, e.g. lan-2`);
    }
    const capture = new Capture();
    const ports = this.#before.get(name) ?? [];
    const opened = { capture, segment: new Segment({ name, seed: this.seed, watch: capture.watch, ports }) };
    this.#segments.set(name, opened);
    return opened;
  }
}

interface FrozenMember {
  readonly name: string;
  readonly segments: readonly string[];
  readonly snapshot: Snapshot;
}

/** A frozen lab. Its forks live on when it is disposed. */
export class LabSnapshot implements AsyncDisposable {
  readonly #options: LabOptions;
  readonly #members: readonly FrozenMember[];
  readonly #segments: Segments;

  constructor(options: LabOptions, members: readonly FrozenMember[], segments: Segments) {
    this.#options = options;
    this.#members = members;
    this.#segments = segments;
  }

  /**
   * A lab equal to the frozen one, with segments of its own: machines, impairments, parts of a partition; frames are counted on.
   * @throws BringupError as `snapshot.fork` does.
   */
  fork({ signal }: { signal?: AbortSignal } = {}): Promise<Lab> {
    return Lab.fork(this.#options, this.#segments, this.#members, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ snapshot }) => snapshot[Symbol.asyncDispose]()));
  }
}

/** `arrive` resolves when so many have arrived; rejects for all, once one gave up. */
function barrier(count: number) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => {});
  const state = { arrived: 0, reason: undefined as unknown };
  return {
    arrive: (): Promise<void> => {
      state.arrived += 1;
      if (state.arrived === count) resolve();
      return promise;
    },
    give: (error: unknown): void => {
      state.reason ??= error;
      reject(error);
    },
    get reason(): unknown {
      return state.reason;
    },
  };
}

/** QEMU's own range, and the rest from the name (QEMU, net/net.c). */
function macOf(name: string, index: number): string {
  const digest = createHash('sha256').update(`${name}\0${index}`).digest();
  return ['52', '54', '00', ...Array.from(digest.subarray(0, 3), (byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
