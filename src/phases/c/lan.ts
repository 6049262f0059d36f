import type { Host } from '../../harness/lab/host.ts';
import type { Machine } from '../../harness/machine.ts';
import type { CheckContext, MachineNeeds } from '../define.ts';
import { succeed } from '../succeed.ts';

/** Addresses on the segment `lan`, 10.0.0.0/24. */
export const addresses = {
  gateway: '10.0.0.1',
  guest: '10.0.0.2',
  /** The test itself. */
  peer: '10.0.0.9',
  /** Nobody's. */
  nobody: '10.0.0.99',
  /** The gateway's as well, on no segment. */
  far: '1.1.1.1',
  web: '93.184.216.34',
  /** The test itself, where the gateway has names asked for. */
  names: '10.0.0.53',
} as const;
export const gatewayIpv6 = 'fd00::1';

/** Where c-server listens: seven ports from there on. */
export const services = { echo: 7000, udpEcho: 7001, source: 7003 } as const;

/** Random files that a machine serves over HTTP, and the digest of all of them. */
export const servedFiles = { port: 8080, names: '0 1 2 3', digest: '/tmp/served.sha512' } as const;

/** Makes files of so many MiB together, a multiple of four, and serves them. */
export function servingFiles(mib: number): string[] {
  return [
    `mkdir -p /tmp/served && for i in ${servedFiles.names}; do dd if=/dev/urandom of=/tmp/served/$i bs=64k count=${mib * 4} 2> /dev/null; done`,
    `cat /tmp/served/* | sha512sum > ${servedFiles.digest} && httpd -p ${servedFiles.port} -h /tmp/served`,
  ];
}

/** What the gateway serves. */
export const servedMiB = 32;

/** A guest with a card that nobody has set up. */
export const plugged: MachineNeeds = { segments: ['lan'] };

/** A guest with an address, and the gateway as its way to everything else. */
export const configured: MachineNeeds = {
  ...plugged,
  preparation: [`ip addr add ${addresses.guest}/24 dev eth0`, 'ip link set eth0 up', `ip route add default via ${addresses.gateway}`],
};

const page = '<!DOCTYPE html><html><head><title>Example Domain</title></head><body><h1>Example Domain</h1></body></html>';
const udhcpd = [
  'start 10.0.0.100',
  'end 10.0.0.110',
  'interface eth0',
  'min_lease 30',
  'pidfile /tmp/udhcpd.pid',
  'lease_file /tmp/leases',
  'option subnet 255.255.255.0',
  `option router ${addresses.gateway}`,
  `option dns ${addresses.names}`,
  'option lease 30',
];

const gatewayPreparation = [
  `ip addr add ${addresses.gateway}/24 dev eth0 && ip addr add ${gatewayIpv6}/64 dev eth0 && ip link set eth0 up`,
  `ip addr add ${addresses.far}/32 dev lo && ip addr add ${addresses.web}/32 dev lo`,
  ...servingFiles(servedMiB),
  `mkdir /www && echo '${page}' > /www/index.html && httpd -h /www`,
  `touch /tmp/leases && printf '${udhcpd.join('\\n')}\\n' > /etc/udhcpd.conf && udhcpd /etc/udhcpd.conf`,
  `{ /probes/c-server ${services.echo} > /dev/null & } && until netstat -ln | grep -q :${services.echo}; do sleep 0.05; done`,
] as const;

/**
 * A machine with the reference kernel that gives addresses, web pages and echoes to its segment, and plays the Internet: it has 1.1.1.1 and
 * example.com's address itself. Names are the test's: BusyBox's dnsd answers “not implemented” where it is asked for an IPv6 address, which musl
 * takes for no answer at all.
 */
export function startGateway({ lab, signal }: CheckContext): Promise<Machine> {
  return lab.machine('gateway', { programs: ['c-client', 'c-many', 'c-server'], preparation: gatewayPreparation }, { signal });
}

/** The test itself on the segment. */
export function peerOf({ lab }: CheckContext, { name = 'peer', ip = addresses.peer }: { name?: string; ip?: string } = {}): Host {
  return lab.host(name, ip);
}

/** The test itself on the segment, which knows the guest's hardware address already. */
export async function neighbourOf(context: CheckContext): Promise<Host> {
  const peer = peerOf(context);
  await peer.find(addresses.guest, context.within(10_000));
  return peer;
}

/** The guest's shell, while something else goes on beside it: the host's part of a check. */
export async function beside<T>(command: Promise<unknown>, host: Promise<T>): Promise<T> {
  // Whoever fails first is the reason; the other one would only say that it waited in vain.
  command.catch(() => {});
  host.catch(() => {});
  const [, result] = await Promise.all([command, host]);
  return result;
}

/** Starts c-server on the guest itself, as a job of its shell. */
export async function startServer(context: CheckContext): Promise<void> {
  const wait = 'until grep -q SERVING /tmp/server; do sleep 0.05; done';
  await succeed(context, `{ /probes/c-server ${services.echo} > /tmp/server & } ; ${wait}`);
}
