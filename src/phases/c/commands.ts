import assert from 'node:assert/strict';
import { type CheckContext, check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { addresses, peerOf, plugged, startGateway } from './lan.ts';
import { serveNames } from './names.ts';

/** The blueprint's commands, word for word. */
export const commandChecks = [
  check('c.dhcp.lease', '`udhcpc` gives an address, a route and a resolver', { guest: { init: 'shell', ...plugged } }, async (context) => {
    await online(context);
    assert.match(
      await succeed(context, 'ip addr show dev eth0'),
      /^\s*inet 10\.0\.0\.1(0\d|10)\/24\b/m,
      'the address is one of the server’s',
    );
    assert.match(await succeed(context, 'ip route'), /^default via 10\.0\.0\.1 dev eth0\b/m, 'the server’s router is the way out');
    assert.match(await succeed(context, 'cat /etc/resolv.conf'), /^nameserver 10\.0\.0\.53$/m, 'the server’s resolver');
  }),

  check('c.ping.address', '`ping -c1 1.1.1.1` is answered', { guest: { init: 'shell', ...plugged } }, async (context) => {
    await online(context);
    assert.match(await succeed(context, 'ping -c1 1.1.1.1'), /^1 packets transmitted, 1 packets received, 0% packet loss$/m);
  }),

  check(
    'c.ping.name',
    '`ping -c1 example.com` finds the address, and is answered',
    { guest: { init: 'shell', ...plugged } },
    async (context) => {
      await online(context);
      const output = await succeed(context, 'ping -c1 example.com');
      assert.match(output, new RegExp(`^PING example\\.com \\(${addresses.web.replaceAll('.', '\\.')}\\)`, 'm'));
      assert.match(output, /^1 packets transmitted, 1 packets received, 0% packet loss$/m);
    },
  ),

  check('c.http.wget', '`wget -O - http://example.com | head` returns HTML', { guest: { init: 'shell', ...plugged } }, async (context) => {
    await online(context);
    const output = await succeed(context, 'wget -O - http://example.com | head');
    assert.match(output, /<!DOCTYPE html>.*<h1>Example Domain<\/h1>/is, 'the server’s page');
  }),
];

/** As the blueprint does it. */
async function online(context: CheckContext): Promise<void> {
  await startGateway(context);
  serveNames(peerOf(context, { name: 'names', ip: addresses.names }), { 'example.com': addresses.web });
  await succeed(context, 'ip link set eth0 up');
  await succeed(context, 'udhcpc');
}
