import { BringupError } from '../../model/errors.ts';

/** What a network card is connected to. Each machine, each fork too, has a backend of its own. */
export type NetworkOptions = (
  | {
      /** QEMU's own network: it gives the guest 10.0.2.15 by DHCP and answers as 10.0.2.2 (QEMU's manual, "Network emulation"). */
      readonly kind: 'user';
      /** Whether the guest reaches neither the host nor what lies beyond. @default true */
      readonly restrict?: boolean;
    }
  /** The test itself: `machine.link(id)` carries the frames. */
  | { readonly kind: 'socket' }
  /** Nobody: what the card sends is gone. */
  | { readonly kind: 'none' }
) & {
  /** @default 52:54:00:12:34:56 for the first card, and so on; forks have that of the frozen machine */
  readonly mac?: string;
};

/** A network card as QEMU is told of it. */
export interface Network {
  /** Of the device and of its backend. */
  readonly id: string;
  readonly kind: NetworkOptions['kind'];
  readonly restrict: boolean;
  readonly mac: string;
}

/** The range that QEMU gives addresses from (QEMU, net/net.c: qemu_macaddr_default_if_unset). */
const firstMac = 0x525400123456;

/**
 * Decides what QEMU is told of the machine's card number `index`.
 * @throws BringupError `usage`
 */
export function planNetwork(options: NetworkOptions, index: number): Network {
  const id = `net${index}`;
  const mac = (options.mac ?? macOf(index)).toLowerCase();
  // The lowest bit of the first byte is that of a group (IEEE Std 802, "Universal addresses and local addresses").
  if (!/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac)) {
    throw new BringupError('usage', `${id}: mac ${JSON.stringify(options.mac)}: expected the address of one card, e.g. ${macOf(index)}`);
  }
  return { id, kind: options.kind, restrict: options.kind === 'user' && (options.restrict ?? true), mac };
}

function macOf(index: number): string {
  return (firstMac + index).toString(16).replaceAll(/..(?=.)/g, '$&:');
}

/** The card's backend, as -netdev and QMP's netdev_add take it (QEMU, qapi/net.json: Netdev). `fd` is the inherited socket of kind `socket`. */
export function netdev({ id, kind, restrict }: Network, fd: number | undefined): Record<string, unknown> {
  switch (kind) {
    case 'user':
      return { type: 'user', id, restrict };
    case 'socket':
      return { type: 'stream', id, addr: { type: 'fd', str: String(fd) } };
    case 'none':
      // A hub of its own, with nothing else on it.
      return { type: 'hubport', id, hubid: Number(/\d+$/.exec(id)?.[0]) };
  }
}
