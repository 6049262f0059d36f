import { readFileSync } from 'node:fs';
import { type CpioEntry, file } from '../artifacts/index.ts';
import { protocols } from '../harness/lab/packets/ipv4.ts';
import { packageFile } from '../model/package-files.ts';
import type { Mutant } from './mutant.ts';
import { kernelFault, mutantsOf, onLab, parameters, userland } from './seeds.ts';
import { corruptingUnseen, isFromPort, losing, readdressing, tcpFlags } from './wrong-frames.ts';

const { of: c, kernel } = mutantsOf('c');

/** What only a hash of the whole finds. */
const oneSegmentIn500 = corruptingUnseen({ oneOf: 500, atLeast: 1_000 });

const scriptPath = 'usr/share/udhcpc/default.script';

/** What udhcpc does with what it learned, without the lines that match. */
function scriptWithout(...lines: readonly RegExp[]): Mutant['change'] {
  // When it is wanted: the catalogue is loaded with every run.
  const overlay = (): CpioEntry[] => {
    const script = readFileSync(packageFile(`initramfs/rootfs/${scriptPath}`), 'utf8').split('\n');
    return [file(scriptPath, script.filter((line) => !lines.some((wrong) => wrong.test(line))).join('\n'), 0o755)];
  };
  return { initramfs: (base) => userland({ overlay: overlay() }).initramfs(base) };
}

/** udhcpc as another program starts it. */
const udhcpcWith = (...options: readonly string[]): Mutant['change'] =>
  userland({ overlay: [file('sbin/udhcpc', `#!/bin/sh\nexec busybox udhcpc ${options.join(' ')} "$@"\n`, 0o755)] });

/** All but the first of the packets that match. */
const firstOnly = (matches: Parameters<typeof losing>[0]) =>
  losing(() => {
    const isOne = matches();
    let seen = 0;
    return (packet, direction) => isOne(packet, direction) && seen++ > 0;
  });

export const cMutants: readonly Mutant[] = [
  c('card-corrupts', 'the card changes 50 bytes of one segment in 500, with its checksum', 'c.transfer.clean', oneSegmentIn500),
  c('card-corrupts-beside-loss', 'the same on a line that loses frames', 'c.transfer.loss', oneSegmentIn500),
  c('card-corrupts-beside-delay', 'the same on a line that delays frames', 'c.transfer.delay', oneSegmentIn500),
  c(
    'card-corrupts-beside-others',
    'the same on a line that corrupts others, whose checksums are wrong then',
    'c.transfer.corruption',
    oneSegmentIn500,
  ),
  c('card-corrupts-after-partition', 'the same on a line that is cut for a while', 'c.transfer.partition', oneSegmentIn500),
  kernel('reads-one-byte-early', 'what was read of a segment in part is read on from one byte before', 'c.transfer.reordering'),
  c('stream-is-not-one', 'the same, seen on one connection', 'c.tcp.order', kernelFault('reads-one-byte-early')),
  c(
    'duplicates-corrupted',
    'the card changes 50 bytes of one segment in 500, with its checksum, where frames come twice',
    'c.transfer.duplication',
    oneSegmentIn500,
  ),
  c(
    'card-deaf',
    'the card sends, and hears nothing',
    'c.link.up',
    onLab((lab) => lab.segment().alter('guest', (frame, direction) => (direction === 'to' ? undefined : frame))),
  ),
  c('dhcp-no-renewal', 'udhcpc ends once it has a lease', 'c.dhcp.renewal', udhcpcWith('-q')),
  c('dhcp-nak-ignored', 'the address that a server takes back stays', 'c.dhcp.nak', scriptWithout(/flush/)),
  c('dhcp-no-resolver', 'what DHCP says of name servers is not written down', 'c.dhcp.lease', scriptWithout(/nameserver/)),
  c('dhcp-no-router', 'what DHCP says of routers is not heeded', 'c.ping.address', scriptWithout(/route replace/)),
  c(
    'names-unanswered',
    'what name servers answer does not arrive',
    'c.ping.name',
    losing(() => (packet, direction) => direction === 'to' && isFromPort(packet, 53)),
  ),
  c(
    'page-corrupted',
    'what web servers send arrives changed, with a checksum that is right for it',
    'c.http.wget',
    corruptingUnseen({ oneOf: 1, atLeast: 100 }),
  ),
  c(
    'names-not-asked-again',
    'only the first questions, one for each kind of address, reach a name server',
    'c.dns.silence',
    losing(() => {
      let asked = 0;
      return ({ protocol }, direction) => direction === 'from' && protocol === protocols.udp && asked++ > 1;
    }),
  ),
  c(
    'second-server-unheard',
    'the second name server’s answers don’t arrive',
    'c.dns.second-server',
    losing(() => (packet, direction) => direction === 'to' && packet.source.endsWith('.54')),
  ),
  c(
    'refusal-unheard',
    'of two answers that a name does not exist only the first arrives',
    'c.dns.unknown-name',
    firstOnly(() => (packet, direction) => direction === 'to' && isFromPort(packet, 53)),
  ),
  c(
    'long-answers-lost',
    'datagrams of more than 100 bytes don’t arrive',
    'c.dns.chain',
    losing(
      () =>
        ({ protocol, payload }, direction) =>
          direction === 'to' && protocol === protocols.udp && payload.length > 100,
    ),
  ),
  c(
    'ends-unheard',
    'that a peer has ended its half does not arrive (FIN)',
    'c.sockets.client',
    losing(() => (packet, direction) => direction === 'to' && tcpFlags(packet).includes('fin')),
  ),
  kernel('forty-connections', 'there are forty connections at most', 'c.sockets.many'),
  c('no-ipv6', 'there is no IPv6', 'c.ipv6.neighbours', parameters('ipv6.disable=1')),
  kernel('checksums-accepted', 'wrong checksums of datagrams and segments are taken for right ones', 'c.malformed.checksums'),
  c('tcp-checksums-accepted', 'the same, seen on a connection', 'c.tcp.checksum', kernelFault('checksums-accepted')),
  kernel('arp-answers-nobody', 'nobody is told who has the address', 'c.arp.resolve'),
  kernel('arp-probes-unanswered', 'who asks whether the address is free hears nothing', 'c.arp.conflict'),
  kernel('arp-asks-once', 'an address is asked for once, and never again', 'c.arp.retry'),
  kernel('arp-never-expires', 'who has an address is never asked again', 'c.arp.new-card'),
  kernel('arp-claims-ignored', 'who says that its address is on another card now is not believed', 'c.arp.new-card'),
  kernel('foreign-packets-taken', 'who asks for an address that is not the guest’s is told that it is', 'c.arp.resolve'),
  c(
    'foreign-packets-rewritten',
    'packets to another address reach the guest as if they were for it',
    'c.link.foreign-frames',
    readdressing('10.0.0.99', '10.0.0.2'),
  ),
  kernel('pings-unanswered', 'pings are not answered', 'c.icmp.echo'),
  kernel('errors-not-sent', 'who sends to a port that nobody serves is not told', 'c.icmp.unreachable'),
  kernel('errors-not-told', 'programs are not told that nobody serves the port', 'c.sockets.client'),
  kernel('fragments-not-sent', 'what is longer than a frame is lost', 'c.mtu.fragments'),
  c('fragments-not-read', 'fragments are thrown away', 'c.mtu.fragments', kernelFault('fragments-not-read')),
  kernel('overlaps-panic', 'fragments that lie over one another are the kernel’s end', 'c.malformed.frames'),
  kernel('path-mtu-ignored', 'segments stay as long as they are, whoever says that they don’t fit', 'c.mtu.path'),
  kernel('rst-ignored', 'RST ends no connection', 'c.tcp.reset'),
  kernel('rst-not-sent', 'who connects to a port that nobody listens at hears nothing', 'c.tcp.refused'),
  c('orphans-silent', 'who sends to a program that is gone hears nothing', 'c.tcp.no-end', kernelFault('rst-not-sent')),
  kernel('abort-nothing', 'a program that resets a connection only leaves it', 'c.sockets.server'),
  kernel('window-not-probed', 'a peer without room is never asked again', 'c.tcp.zero-window'),
  kernel('nothing-sent-again', 'what was lost is not sent again', 'c.tcp.retransmission'),
  kernel('no-time-wait', 'a connection is forgotten as soon as both ends have ended', 'c.tcp.time-wait'),
  kernel('binds-what-is-taken', 'every program has said SO_REUSEADDR', 'c.sockets.reuse'),
  kernel('connect-waits', 'connect waits, though it shall not', 'c.sockets.client'),
  kernel('connect-leaks', 'each connection leaks 64 KiB', 'c.sockets.one-after-another'),
  kernel('no-route-is-no-host', 'where no route leads, nobody is said to answer', 'c.sockets.unreachable'),
  kernel('shutdown-nothing', 'shutdown does nothing', 'c.sockets.client'),
  kernel('epoll-nothing', 'epoll says that nothing is ready', 'c.sockets.client'),
  kernel('neighbours-unheard', 'IPv6 neighbours are not heard', 'c.ipv6.neighbours'),
  kernel('tcp6-refused', 'no connection can be made over IPv6', 'c.ipv6.tcp'),
];
