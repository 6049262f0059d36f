import assert from 'node:assert/strict';
import type { Host } from '../../harness/lab/host.ts';
import { type CheckContext, check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { addresses, configured, peerOf } from './lan.ts';
import { serveNames, type Zone } from './names.ts';

const secondServer = '10.0.0.54';

/** What BusyBox's dnsd can't do is done by the test itself. */
export const dnsChecks = [
  check(
    'c.dns.chain',
    'a name that is another’s, which is another’s, is found behind both (CNAME)',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const host = serve(context, {
        'www.example.com': 'alias.example.com',
        'alias.example.com': 'host.example.com',
        'host.example.com': addresses.peer,
      });
      await ask(context, host.ip);
      const output = await succeed(context, 'ping -c1 www.example.com');
      assert.match(output, /\(10\.0\.0\.9\).*\n[\s\S]*^1 packets transmitted, 1 packets received/m);
    },
  ),

  check(
    'c.dns.unknown-name',
    'a name that does not exist (NXDOMAIN) is refused at once, and nobody is asked again',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const asked: string[] = [];
      const host = serve(context, {}, asked);
      await ask(context, host.ip);
      const { exitStatus, output } = await context.shell.run('ping -c1 nowhere.example.com', context.within(40_000));
      assert.notEqual(exitStatus, 0, `exit status of ping; it printed: ${output}`);
      assert.match(output, /bad address/i);
      // Once for each kind of address.
      assert.ok(asked.length > 0 && asked.length <= 2, `each kind of address is asked for once; questions: ${asked.join(', ')}`);
    },
  ),

  check(
    'c.dns.silence',
    'a server that says nothing is asked again, and given up',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const asked: string[] = [];
      const host = serve(context, undefined, asked);
      await ask(context, host.ip);
      const { exitStatus } = await context.shell.run('ping -c1 host.example.com', context.within(40_000));
      assert.notEqual(exitStatus, 0, 'exit status of ping');
      const [first] = asked;
      assert.ok(asked.filter((question) => question === first).length >= 2, `it is asked again; questions: ${asked.join(', ')}`);
    },
  ),

  check(
    'c.dns.second-server',
    'where the first server says nothing the second one is asked',
    { guest: { init: 'shell', ...configured } },
    async (context) => {
      const silent = serve(context, undefined);
      const second = peerOf(context, { name: 'second', ip: secondServer });
      serveNames(second, { 'host.example.com': addresses.peer });
      await ask(context, silent.ip, second.ip);
      assert.match(await succeed(context, 'ping -c1 host.example.com'), /^1 packets transmitted, 1 packets received/m);
    },
  ),
];

async function ask(context: CheckContext, ...servers: readonly string[]): Promise<void> {
  await succeed(context, `printf '${servers.map((server) => `nameserver ${server}\\n`).join('')}' > /etc/resolv.conf`);
}

/** The test as a name server; a silent one where it has no zone. */
function serve(context: CheckContext, zone: Zone | undefined, asked: string[] = []): Host {
  const host = peerOf(context);
  serveNames(host, zone, asked);
  return host;
}
