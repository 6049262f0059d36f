import assert from 'node:assert/strict';
import { broadcast, decodeEthernet, etherTypes } from '../../harness/lab/packets/ethernet.ts';
import { encodeIcmp, icmpTypes } from '../../harness/lab/packets/icmp.ts';
import { check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { addresses, beside, configured, neighbourOf, peerOf, plugged } from './lan.ts';

/** QEMU's address of the first card. */
const guestMac = '52:54:00:12:34:56';

export const linkChecks = [
  check(
    'c.link.up',
    '`ip link set eth0 up` makes the card one that sends and receives',
    { guest: { init: 'shell', ...plugged } },
    async (context) => {
      const peer = peerOf(context);
      assert.match(await succeed(context, 'ip link show eth0'), new RegExp(`link/ether ${guestMac}\\b`), 'the card’s own address');
      await succeed(context, 'ip link set eth0 up');
      assert.match(await succeed(context, 'ip link show eth0'), /<[^>]*\bUP\b[^>]*\bLOWER_UP\b[^>]*>/, 'up, and its link too');
      await succeed(context, `ip addr add ${addresses.guest}/24 dev eth0`);
      await succeed(context, `ping -c1 ${addresses.peer}`);
      assert.equal(await peer.find(addresses.guest, context.within(10_000)), guestMac, 'who answers for the address');
      await succeed(context, 'ip link set eth0 down');
      const { exitStatus } = await context.shell.run(`ping -c1 -W1 ${addresses.peer}`, context.within(30_000));
      assert.notEqual(exitStatus, 0, 'exit status of ping with the card down');
    },
  ),

  check(
    'c.arp.resolve',
    'an address is asked for, of everybody, and what is sent then goes to who has it; who is asked answers',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const peer = peerOf(context);
      const pinged = peer.expect(
        'an echo request',
        (packet, { destination }) => (packet.protocol === 1 ? destination : undefined),
        context.within(30_000),
      );
      peer.answersPings = false;
      const command = context.shell.run(`ping -c1 -W1 ${addresses.peer}`, context.within(30_000));
      assert.equal(await beside(command, pinged), peer.mac, 'the echo request is sent to the peer’s hardware address');
      await command;
      assert.ok(
        peer.arpRequests.length > 0 && peer.arpRequests.every(({ isBroadcast }) => isBroadcast),
        'everybody is asked for the address',
      );
      const [request] = peer.arpRequests;
      assert.deepEqual([request?.senderMac, request?.senderIp], [guestMac, addresses.guest], 'who asks');
      const answer = peer.expectArp('an ARP reply', ({ operation }) => operation === 'reply', context.within(10_000));
      peer.sendArp({ operation: 'request', targetIp: addresses.guest });
      const { senderMac, senderIp, targetMac, targetIp } = await answer;
      assert.deepEqual([senderMac, senderIp, targetMac, targetIp], [guestMac, addresses.guest, peer.mac, addresses.peer], 'the reply');
      peer.sendArp({ operation: 'request', targetIp: addresses.nobody });
      const wrong = peer.expectArp('a reply for another’s address', ({ senderIp: ip }) => ip === addresses.nobody, {
        ...context.within(1_000),
      });
      await assert.rejects(wrong, { code: 'expect-timeout' }, 'another’s address is not answered for');
    },
  ),

  check(
    'c.arp.retry',
    'a request that nobody answers is sent again; what waited for it is sent then, or told that nobody is there',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const peer = peerOf(context);
      peer.answersArp = () => peer.arpRequests.length > 1;
      assert.match(await succeed(context, `ping -c1 ${addresses.peer}`), /1 packets received/);
      assert.ok(peer.arpRequests.length > 1, 'it was asked for until it was answered');
      const nobody = peerOf(context, { name: 'nobody', ip: addresses.nobody });
      nobody.answersArp = () => false;
      const { exitStatus } = await context.shell.run(`ping -c1 -W5 ${addresses.nobody}`, context.within(40_000));
      assert.notEqual(exitStatus, 0, 'exit status of ping of an address that nobody has');
      assert.ok(nobody.arpRequests.length >= 2, `it was asked for again; ${nobody.arpRequests.length} requests came`);
    },
  ),

  check(
    'c.arp.conflict',
    'who asks whether the address is free is told that it is not; another’s claim to it takes it from nobody',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const peer = peerOf(context);
      const defended = peer.expectArp(
        'an answer to the probe',
        ({ operation, senderIp }) => operation === 'reply' && senderIp === addresses.guest,
        context.within(10_000),
      );
      // RFC 5227, 2.1.1: a probe has no sender's address.
      peer.sendArp({ operation: 'request', senderIp: '0.0.0.0', targetIp: addresses.guest });
      assert.equal((await defended).senderMac, guestMac, 'who has the address');
      for (const operation of ['request', 'reply'] as const)
        peer.sendArp({ operation, senderIp: addresses.guest, targetIp: addresses.guest, targetMac: broadcast });
      assert.match(
        await succeed(context, 'ip addr show dev eth0'),
        new RegExp(`inet ${addresses.guest}/24`),
        'the address is still the guest’s',
      );
      assert.match(await succeed(context, `ping -c1 ${addresses.peer}`), /1 packets received/);
    },
  ),

  check(
    'c.arp.new-card',
    'who says that its address is on another card now is believed; where nobody says so it is found out',
    { guest: { init: 'shell', ...configured }, budgetMs: 240_000 },
    async (context) => {
      // What Linux waits for is minutes, where nobody makes it less (Documentation/networking/ip-sysctl.rst).
      const settings = { base_reachable_time_ms: 500, locktime: 0, delay_first_probe_time: 1 };
      for (const [name, value] of Object.entries(settings)) {
        const file = `/proc/sys/net/ipv4/neigh/eth0/${name}`;
        await succeed(context, `if [ -e ${file} ]; then echo ${value} > ${file}; fi`);
      }
      const peer = peerOf(context);
      await succeed(context, `ping -c1 ${addresses.peer}`);
      peer.mac = '52:54:00:aa:00:01';
      peer.sendArp({ operation: 'reply', targetIp: addresses.peer, targetMac: broadcast });
      assert.match(await succeed(context, `ping -c1 -W5 ${addresses.peer}`), /1 packets received/, 'the new card is pinged');
      peer.mac = '52:54:00:aa:00:02';
      const found = `for i in $(seq 1 120); do ping -c1 -W1 ${addresses.peer} > /dev/null && break; done; ping -c1 -W5 ${addresses.peer}`;
      assert.match(await succeed(context, found), /1 packets received/, 'the card that nobody told of is found in time');
    },
  ),

  check(
    'c.link.foreign-frames',
    'what is not for the guest is not taken: frames to other cards, packets to other addresses',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const peer = await neighbourOf(context);
      const anyAnswer = (): Promise<boolean> =>
        peer.peer.expect(
          'an answer',
          (frame) => (decodeEthernet(frame)?.type === etherTypes.ipv4 ? true : undefined),
          context.within(1_000),
        );
      const ping = echoRequest();
      // The switch does not know that card, and sends its frames to everybody.
      peer.send({ destination: addresses.guest, protocol: 1, payload: ping }, '52:54:00:bb:00:01');
      peer.send({ destination: addresses.nobody, protocol: 1, payload: ping }, guestMac);
      await assert.rejects(anyAnswer(), { code: 'expect-timeout' }, 'neither is answered');
      peer.send({ destination: addresses.guest, protocol: 1, payload: ping });
      assert.ok(await anyAnswer(), 'what is for the guest is answered');
    },
  ),
];

function echoRequest(): Buffer {
  return encodeIcmp({ type: icmpTypes.echoRequest, code: 0, rest: 1, payload: Buffer.from('whoever you are') });
}
