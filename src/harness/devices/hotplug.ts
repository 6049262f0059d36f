import { BringupError } from '../../model/errors.ts';
import { withoutFolders } from '../host-paths.ts';
import type { QmpClient, QmpWait } from '../qmp/client.ts';
import { blockNodes, blockObjects, topOf } from './block-nodes.ts';
import { type Device, diskDevice, networkDevice, portId } from './device.ts';
import { type Disk, type DiskOptions, planDisk } from './disk.ts';
import { type Network, type NetworkOptions, netdev, planNetwork } from './network.ts';
import { type OpenDisks, openDisks } from './open-disks.ts';
import { removeDevice, type UnplugOptions } from './unplug.ts';

/** What can be plugged into a machine that runs. */
export type Pluggable = DiskOptions | Exclude<NetworkOptions, { kind: 'socket' }>;

/** A device that was plugged in. Disposing it unplugs it, if the machine still runs. */
export interface PluggedDevice extends AsyncDisposable {
  /** `disk1`, `net0`, ...: counted on from those that the machine was started with. */
  readonly id: string;
  /**
   * Asks the guest to let go of the device, and waits until it has: Linux takes five seconds (drivers/pci/hotplug/pciehp_ctrl.c).
   * @throws BringupError `expect-timeout` where the guest keeps it; `aborted`; the error of QMP.
   */
  unplug(options?: UnplugOptions): Promise<void>;
}

/** A QMP command, and the one that takes it back. */
interface Backend {
  readonly add: readonly [command: string, args: Record<string, unknown>];
  readonly remove: readonly [command: string, args: Record<string, unknown>];
}

interface Part {
  readonly id: string;
  readonly device: Device;
  readonly backends: readonly Backend[];
  /** What it needs on the host. */
  readonly files: Disposable;
}

/** A network needs no file. */
const nothing: Disposable = { [Symbol.dispose]: () => {} };

export interface HotplugOptions {
  readonly qmp: QmpClient;
  /** What the machine was started with. */
  readonly spec: {
    readonly disks?: readonly Disk[] | undefined;
    readonly networks?: readonly Network[] | undefined;
    readonly hotplugPorts?: number | undefined;
  };
  /** Resolves when QEMU is gone. */
  readonly exited: Promise<unknown>;
  /** Told of the disks that are plugged in. */
  readonly onDisks: (disks: OpenDisks) => void;
}

/** The ports of one machine that devices can be plugged into while it runs. */
export class HotplugPorts {
  readonly #qmp: QmpClient;
  readonly #ports: number;
  readonly #onDisks: (disks: OpenDisks) => void;
  /** What each port holds; true while it is being plugged in. */
  readonly #held = new Map<string, Part | true>();
  #nextDisk: number;
  #nextNetwork: number;
  #isGone = false;

  constructor({ qmp, spec, exited, onDisks }: HotplugOptions) {
    this.#qmp = qmp;
    this.#onDisks = onDisks;
    this.#ports = spec.hotplugPorts ?? 0;
    this.#nextDisk = spec.disks?.length ?? 0;
    this.#nextNetwork = spec.networks?.length ?? 0;
    void exited.then(() => {
      this.#isGone = true;
      for (const part of this.#held.values()) if (part !== true) part.files[Symbol.dispose]();
    });
  }

  /** How many devices are plugged in. */
  get used(): number {
    return this.#held.size;
  }

  /** @throws BringupError `usage`, `file-not-found`, `image-invalid`, `qmp-command-failed` with QEMU's reason, `aborted`, ... */
  async plug(what: Pluggable, options: { signal?: AbortSignal }): Promise<PluggedDevice> {
    const port = this.#takePort();
    try {
      const part = 'kind' in what ? this.#networkPart(what) : await this.#diskPart(what, options);
      await this.#add(part, port, options);
      this.#held.set(port, part);
      return this.#handle(part, port);
    } catch (error) {
      this.#held.delete(port);
      throw error;
    }
  }

  #takePort(): string {
    const free = Array.from({ length: this.#ports }, (_, index) => portId(index)).find((port) => !this.#held.has(port));
    if (free === undefined) {
      const what =
        this.#ports === 0 ? 'the machine has no ports to plug a device into' : `all of the machine’s ${this.#ports} ports are taken`;
      throw new BringupError('usage', what, { hint: 'boot it with more hotplugPorts, or unplug a device first.' });
    }
    this.#held.set(free, true);
    return free;
  }

  async #diskPart(options: DiskOptions, provide: { signal?: AbortSignal }): Promise<Part> {
    const planned = await planDisk(options, `disk${this.#nextDisk++}`, provide);
    const files = await openDisks([planned]);
    const [disk] = files.disks as [Disk];
    this.#onDisks(files);
    const objects = blockObjects(disk).map((object): Backend => {
      return { add: ['object-add', object], remove: ['object-del', { id: object.id }] };
    });
    const nodes = blockNodes(disk);
    const backends = nodes.map((node): Backend => {
      return { add: ['blockdev-add', node], remove: ['blockdev-del', { 'node-name': node['node-name'] }] };
    });
    return { id: disk.id, device: diskDevice(disk, topOf(nodes)), backends: [...objects, ...backends], files };
  }

  #networkPart(options: Exclude<Pluggable, DiskOptions>): Part {
    const network = planNetwork(options, this.#nextNetwork++);
    const { id } = network;
    const backend: Backend = { add: ['netdev_add', netdev(network, undefined)], remove: ['netdev_del', { id }] };
    return { id, device: networkDevice(network), backends: [backend], files: nothing };
  }

  /** All of it, or nothing. */
  async #add(part: Part, port: string, wait: QmpWait): Promise<void> {
    const added: Backend[] = [];
    try {
      for (const backend of part.backends) {
        await this.#qmp.execute(...backend.add, wait);
        added.push(backend);
      }
      await this.#qmp.execute('device_add', { ...part.device, bus: port }, wait);
    } catch (error) {
      await this.#removeBackends(added).catch(() => {});
      part.files[Symbol.dispose]();
      if (!(error instanceof BringupError) || error.code !== 'qmp-command-failed') throw error;
      throw new BringupError('qmp-command-failed', `${part.id} can’t be plugged in: ${withoutFolders(error.shortMessage)}`, {
        hint: 'an image that a machine writes to is for that one alone: give each its own, or make it readOnly.',
        cause: error,
      });
    }
  }

  #handle(part: Part, port: string): PluggedDevice {
    let removal: Promise<void> | undefined;
    const unplug = async (options?: UnplugOptions): Promise<void> => {
      if (this.#isGone) return;
      await removeDevice(this.#qmp, part.id, options);
      await this.#removeBackends(part.backends);
      part.files[Symbol.dispose]();
      this.#held.delete(port);
    };
    const once = (options?: UnplugOptions): Promise<void> => {
      removal ??= unplug(options).catch((error) => {
        removal = undefined;
        throw error;
      });
      return removal;
    };
    return { id: part.id, unplug: once, [Symbol.asyncDispose]: () => once() };
  }

  async #removeBackends(backends: readonly Backend[]): Promise<void> {
    for (const { remove } of backends.toReversed()) await this.#qmp.execute(...remove);
  }
}
