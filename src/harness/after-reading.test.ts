import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Console } from './console/console.ts';
import { inheritedSocket } from './console/transport.ts';
import { QmpClient } from './qmp/client.ts';

/** A process at the other end of a socket pair, and a way to outwait its end without reading what it said. */
function peer(script: string): { socket: Socket; outwait: () => void } {
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const outwait = (): void => {
    while (!/\) Z /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1')));
  };
  return { socket: child.stdio[3] as Socket, outwait };
}

test('QEMU’s last event is heard, though a command is sent to a QEMU that is gone', async () => {
  const greeting = '{"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""}, "capabilities": []}}';
  const event = '{"event": "SHUTDOWN", "data": {"reason": "guest-shutdown"}, "timestamp": {"seconds": 1, "microseconds": 2}}';
  const { socket, outwait } = peer(
    `exec 0<&3 1>&3; echo '${greeting}'; read -r _; echo '{"return": {}, "id": 1}'; read -r _; echo '{"return": {}, "id": 2}'; echo '${event}'`,
  );
  const events: string[] = [];
  const client = await QmpClient.connect(socket, { onEvent: ({ event: name }) => events.push(name) });
  await client.execute('go-on');
  outwait();
  await expect(client.execute('query-status')).rejects.toThrow('QMP: ');
  expect(events).toEqual(['SHUTDOWN']);
});

test('a guest’s last words are read, though something is sent to a console that is gone', async () => {
  const { socket, outwait } = peer(`echo 'Kernel panic' >&3`);
  const console = new Console(inheritedSocket(socket));
  outwait();
  await console.send('ls\n').catch(() => {});
  await console.ended;
  expect(console.tail()).toContain('Kernel panic');
  await console[Symbol.asyncDispose]();
});
