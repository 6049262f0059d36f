import { connect, type Socket } from 'node:net';
import { BringupError } from '../../model/errors.ts';
import { KeptFolder } from './kept-folder.ts';
import { type AboutKept, aboutKeptSchema, attachReplySchema, receiveAnswer, sendLine } from './protocol.ts';

/** A kept machine's console: what is read and written are the serial line's raw bytes. */
export interface KeptConsole {
  readonly about: AboutKept;
  readonly socket: Socket;
  /** The last lines before, as text. */
  readonly tail: string;
}

/**
 * The user's machines that are kept now, the oldest first. Removes what processes that were killed have left.
 * @throws BringupError `harness-fault` where a process that keeps one does not answer.
 */
export async function listKept(): Promise<AboutKept[]> {
  const folder = KeptFolder.open();
  try {
    const all = await Promise.all(folder.ids().map((id) => ask(folder, id).catch(unlessGone)));
    return all.flatMap((about) => about ?? []).sort((a, b) => a.sinceEpochMs - b.sinceEpochMs);
  } finally {
    folder[Symbol.dispose]();
  }
}

/**
 * Connects to the machine's console; the first one to do so lets the guest go on.
 * @param isTerminal Whether a terminal will be there to answer what programs ask it.
 * @throws BringupError `usage` where no such machine is kept, or somebody else is attached; `console-closed`; `harness-fault`.
 */
export async function attachKept(id: string, { isTerminal }: { isTerminal: boolean }): Promise<KeptConsole> {
  const socket = await open(id);
  try {
    const about = await receiveAnswer(socket, aboutKeptSchema);
    sendLine(socket, { ask: 'attach', isTerminal });
    const reply = await receiveAnswer(socket, attachReplySchema);
    if ('tail' in reply) return { about, socket, tail: reply.tail };
    throw new BringupError('usage', `${id} can’t be attached to: ${reply.refused}`, {
      hint: 'Ctrl-] leaves a machine at the other terminal.',
    });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * Ends the machine; settles when it is gone.
 * @throws BringupError `usage` where no such machine is kept.
 */
export async function endKept(id: string): Promise<void> {
  const socket = await open(id);
  sendLine(socket, { ask: 'end' });
  await closed(socket);
}

/** Settles when no such machine is kept any more. */
export async function keptEnded(id: string): Promise<void> {
  const socket = await open(id).catch(() => undefined);
  if (socket) await closed(socket);
}

/** @throws BringupError `usage` where no such machine is kept. */
async function open(id: string): Promise<Socket> {
  const folder = KeptFolder.open();
  try {
    // A file's name, not a path.
    const socket = folder.ids().includes(id) ? await call(folder, id).catch(unlessGone) : undefined;
    if (socket) return socket;
  } finally {
    folder[Symbol.dispose]();
  }
  throw new BringupError('usage', `no machine ${JSON.stringify(id)} is kept`, { hint: '`bringup attach` lists those that are.' });
}

async function ask(folder: KeptFolder, id: string): Promise<AboutKept> {
  const socket = await call(folder, id);
  try {
    return await receiveAnswer(socket, aboutKeptSchema);
  } finally {
    socket.destroy();
  }
}

async function call(folder: KeptFolder, id: string): Promise<Socket> {
  const socket = connect({ path: folder.socketPath(id) });
  try {
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    // A machine whose process dies closes; that is all there is to know.
    return socket.on('error', () => {});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') folder.reap(id);
    throw error;
  }
}

/** Nobody listens (any more), or it ends just now. */
function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'console-closed'].includes(error.code ?? '')) return undefined;
  throw error;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.resume();
  });
}
