import { type CheckContext, type CheckDraft, check } from '../define.ts';
import { assertAllPassed } from '../probe-report.ts';
import { runProgram } from '../program-check.ts';
import { succeed } from '../succeed.ts';
import { assertNothingLeaked, measureUsage } from '../usage.ts';
import { addresses, configured, peerOf, services, startGateway, startServer } from './lan.ts';

const clientResults = [
  ...['connects', 'echo-sent', 'echo-received', 'echo-same', 'names', 'end'],
  ...['datagrams', 'datagram-error-ready', 'datagram-refused'],
  ...['refused', 'refused-ready', 'refused-later', 'reset-ready', 'reset', 'reset-over'],
  ...['not-connected', 'in-progress', 'writable', 'no-error', 'connected-already', 'nothing-yet', 'not-readable'],
  ...['epoll-added', 'epoll-nothing', 'epoll-ready', 'received'],
  ...['half-last', 'half-end', 'half-sent', 'half-over', 'half-told', 'half-counted'],
  ...['full', 'full-not-writable', 'full-goes-on', 'full-sends-on', 'full-end'],
  ...['accept-listens', 'accept-nobody', 'accept-not-ready', 'accept-ready', 'accepted', 'accepted-receives', 'accepted-end'],
].map((result) => `c.client.${result}`);

const manyResults = ['c.many.opened', 'c.many.echoed'];

/** What programs see of streams and datagrams, with another machine at the other end. */
export const socketChecks: readonly CheckDraft[] = [
  check(
    'c.sockets.client',
    'as client: echo over TCP and UDP, ends, half-closed connections, refusals and resets, and all of it without waiting',
    { guest: { init: 'shell', ...configured, programs: ['c-client'] } },
    async (context) => {
      await startGateway(context);
      const report = await runProgram(context, 'c-client', { args: [addresses.gateway, services.echo] });
      assertAllPassed(report, clientResults);
    },
  ),

  check(
    'c.sockets.server',
    'as server: the same, with the client on the other machine',
    { guest: { init: 'shell', ...configured, programs: ['c-server'] } },
    async (context) => {
      const gateway = await startGateway(context);
      await startServer(context);
      const report = await runProgram({ ...context, shell: gateway.shell }, 'c-client', { args: [addresses.guest, services.echo] });
      assertAllPassed(report, clientResults);
    },
  ),

  check(
    'c.sockets.many',
    '64 connections at once, each with bytes of its own, as client and as server',
    { guest: { init: 'shell', ...configured, programs: ['c-many', 'c-server'] }, budgetMs: 180_000 },
    async (context) => {
      const gateway = await startGateway(context);
      assertAllPassed(await many(context, 64, 3), manyResults);
      await startServer(context);
      assertAllPassed(await many({ ...context, shell: gateway.shell }, 64, 3, addresses.guest), manyResults);
    },
  ),

  check(
    'c.sockets.one-after-another',
    '1,000 connections one after the other leave no process, no open file and no memory behind',
    { guest: { init: 'shell', ...configured, programs: ['c-many'] }, budgetMs: 180_000 },
    async (context) => {
      await startGateway(context);
      assertAllPassed(await many(context, 1, 100), manyResults);
      const before = await measureUsage(context);
      assertAllPassed(await many(context, 1, 1_000), manyResults);
      for (const [name, value] of Object.entries(await assertNothingLeaked(before, context))) context.metric(name, value);
    },
  ),

  check(
    'c.sockets.reuse',
    'the address of a connection that was ended here stays taken for a time, but for who says SO_REUSEADDR',
    { guest: { init: 'shell', ...configured, programs: ['c-reuse'] } },
    async (context) => {
      const results = ['free', 'listens', 'taken', 'taken-by-listener', 'end', 'waits', 'reused', 'listens-again', 'connects-again'];
      assertAllPassed(
        await runProgram(context, 'c-reuse', { args: [8_000] }),
        results.map((result) => `c.reuse.${result}`),
      );
    },
  ),

  check(
    'c.sockets.unreachable',
    'programs are told that nobody answers for an address (EHOSTUNREACH), and that no route leads to one (ENETUNREACH)',
    { guest: { init: 'shell', ...configured, programs: ['c-unreachable'] } },
    async (context) => {
      // Somebody is there, and the address is nobody's.
      peerOf(context);
      await succeed(context, 'ip route del default');
      const results = ['stream', 'begun', 'ready', 'error', 'no-route', 'no-route-datagram'];
      assertAllPassed(
        await runProgram(context, 'c-unreachable', { args: [addresses.nobody, addresses.far] }),
        results.map((result) => `c.unreachable.${result}`),
      );
    },
  ),
];

function many(context: CheckContext, connections: number, rounds: number, server: string = addresses.gateway) {
  return runProgram(context, 'c-many', { args: [server, services.echo, connections, rounds], timeoutMs: 120_000 });
}
