import { definePhase } from '../define.ts';
import { commandChecks } from './commands.ts';
import { dhcpChecks } from './dhcp.ts';
import { dnsChecks } from './dns.ts';
import { icmpChecks } from './icmp.ts';
import { ipv6Checks } from './ipv6.ts';
import { linkChecks } from './link.ts';
import { malformedChecks } from './malformed.ts';
import { socketChecks } from './sockets.ts';
import { tcpChecks } from './tcp.ts';
import { transferChecks } from './transfer.ts';

/** C, networking: a lab with the reference kernel as gateway, or the test itself as the other side. */
export const c = definePhase({
  id: 'c',
  title: 'Networking',
  requires: ['a1'],
  machine: { init: 'shell' },
  source: 'phases.md, C networking',
  // The longest first: others run beside them.
  checks: [
    ...transferChecks,
    ...dhcpChecks,
    ...malformedChecks,
    ...socketChecks,
    ...tcpChecks,
    ...dnsChecks,
    ...linkChecks,
    ...icmpChecks,
    ...commandChecks,
    ...ipv6Checks,
  ],
});
