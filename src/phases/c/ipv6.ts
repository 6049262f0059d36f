import assert from 'node:assert/strict';
import { decodeEthernet, etherTypes } from '../../harness/lab/packets/ethernet.ts';
import { type CheckContext, check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { gatewayIpv6, plugged, startGateway } from './lan.ts';

const guestIpv6 = 'fd00::2';
const icmpv6 = 58;
/** RFC 4861, 4.3 and 4.4. */
const neighbourSolicitation = 135;
const neighbourAdvertisement = 136;

/** Optional: where the profile claims it. */
const guest = { init: 'shell', ...plugged } as const;
const skipWhere = ({ capabilities }: { readonly capabilities: readonly string[] }): string | undefined =>
  capabilities.includes('ipv6') ? undefined : 'the profile does not claim IPv6 (capabilities: ipv6)';

export const ipv6Checks = [
  check(
    'c.ipv6.neighbours',
    'neighbours are asked for and answered for (NDP), and pinged, by addresses of the link and of a network',
    { guest, skipWhere },
    async (context) => {
      const seen = new Set<number>();
      context.lab.segment().alter('guest', (frame, direction) => {
        const type = direction === 'from' ? icmpv6TypeOf(frame) : undefined;
        if (type !== undefined) seen.add(type);
        return frame;
      });
      const gateway = await online(context);
      assert.match(await succeed(context, `ping -6 -c1 ${gatewayIpv6}`), /1 packets received/);
      // Who was asked has learned who asks.
      await succeed({ ...context, shell: gateway.shell }, 'ip -6 neigh flush dev eth0');
      assert.match(await succeed({ ...context, shell: gateway.shell }, `ping -6 -c1 ${guestIpv6}`), /1 packets received/);
      assert.ok(
        seen.has(neighbourSolicitation) && seen.has(neighbourAdvertisement),
        'the guest asks for a neighbour, and answers for itself',
      );
      const local = /inet6 (fe80::[0-9a-f:]+)\/64/.exec(await succeed({ ...context, shell: gateway.shell }, 'ip addr show dev eth0'))?.[1];
      assert.ok(local, 'the gateway has an address of the link');
      assert.match(await succeed(context, `ping -6 -c1 -I eth0 ${local}`), /1 packets received/);
    },
  ),

  check('c.ipv6.tcp', 'a page comes over TCP and IPv6', { guest, skipWhere }, async (context) => {
    await online(context);
    assert.match(await succeed(context, `wget -O - http://[${gatewayIpv6}]/`), /<!DOCTYPE html>/i);
  }),
];

/** Gives the guest an address, and waits until nobody else has claimed it. */
async function online(context: CheckContext) {
  const gateway = await startGateway(context);
  await succeed(context, `ip link set eth0 up && ip addr add ${guestIpv6}/64 dev eth0`);
  const isTentative = 'ip addr show dev eth0 | grep -q tentative';
  await succeed(context, `for i in $(seq 1 100); do ${isTentative} || break; sleep 0.1; done; ! ${isTentative}`);
  return gateway;
}

function icmpv6TypeOf(frame: Uint8Array): number | undefined {
  const ethernet = decodeEthernet(frame);
  if (ethernet?.type !== etherTypes.ipv6 || ethernet.payload[6] !== icmpv6) return undefined;
  // Who asks whether its own address is free has none yet (RFC 4862, 5.4.2).
  if (ethernet.payload.subarray(8, 24).every((byte) => byte === 0)) return undefined;
  return ethernet.payload[40];
}
