import assert from 'node:assert/strict';
import { macBytes } from '../../harness/lab/packets/addresses.ts';
import { protocols } from '../../harness/lab/packets/ipv4.ts';
import { encodeUdp } from '../../harness/lab/packets/udp.ts';
import { randomFrom } from '../../harness/random.ts';
import { check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { addresses, configured, peerOf, services, startServer } from './lan.ts';
import { kindsOfMalformed } from './malformed-frames.ts';

const framesOfKind = 50;

export const malformedChecks = [
  check(
    'c.malformed.frames',
    `${framesOfKind} malformed frames of each of ${kindsOfMalformed.length} kinds do the kernel no harm: it answers as before`,
    { guest: { init: 'shell', ...configured, programs: ['c-server'] }, budgetMs: 120_000 },
    async (context) => {
      const peer = peerOf(context);
      await startServer(context);
      const mac = await peer.find(addresses.guest, context.within(10_000));
      const random = randomFrom(1 + context.iteration);
      let sent = 0;
      for (const { name, make } of kindsOfMalformed) {
        for (let count = 0; count < framesOfKind; count += 1) {
          for (const { type, payload } of make(random)) peer.peer.send(Buffer.concat([macBytes(mac), macBytes(peer.mac), type, payload]));
          sent += 1;
        }
        // One kind's harm is told from another's; and what the card can't take at once is not lost.
        assert.match(
          await succeed(context, `ping -c1 -W5 ${addresses.peer}`),
          /1 packets received/,
          `the guest after frames of kind: ${name}`,
        );
        peer.peer.forget();
      }
      context.metric('malformed_frames', sent);
      assert.match(await succeed(context, `echo still here | nc ${addresses.guest} ${services.echo}`), /^still here$/m);
    },
  ),

  check(
    'c.malformed.checksums',
    'datagrams with a wrong checksum, or in packets with one, reach no program; one without a checksum does',
    { guest: { init: 'shell', ...configured, programs: ['c-server'] } },
    async (context) => {
      const peer = peerOf(context);
      await startServer(context);
      await peer.find(addresses.guest, context.within(10_000));
      const got: string[] = [];
      peer.serveUdp(4_000, (payload) => {
        got.push(payload.toString());
        return undefined;
      });
      const datagram = (text: string, checksum?: number) =>
        encodeUdp(
          { sourcePort: 4_000, destinationPort: services.udpEcho, payload: Buffer.from(text), ...(checksum !== undefined && { checksum }) },
          addresses.peer,
          addresses.guest,
        );
      const packet = { destination: addresses.guest, protocol: protocols.udp };
      peer.send({ ...packet, payload: datagram('wrong datagram', 0x1234) });
      peer.send({ ...packet, payload: datagram('wrong packet'), checksum: 0x1234 });
      peer.send({ ...packet, payload: datagram('no checksum', 0) });
      peer.send({ ...packet, payload: datagram('right') });
      for (let tries = 0; !got.includes('right') && tries < 50; tries += 1) await succeed(context, 'sleep 0.1');
      assert.deepEqual(got, ['no checksum', 'right'], 'datagrams that were echoed');
    },
  ),
];
