import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { attachKept } from '../../harness/kept/kept-machines.ts';
import type { CommandIo } from '../command.ts';

/** Ctrl-], which telnet(1) takes for its escape as well. */
const leaveByte = 0x1d;
/** After the end of what is sent, the answer counts as complete when the console was silent for this long. */
const silenceMs = 2_000;

/**
 * Connects the streams to a kept machine's console until somebody leaves or the machine ends. The guest's bytes go to standard output, and only
 * those; what bringup has to say goes to standard error.
 * @throws BringupError `usage` where no such machine is kept, or somebody else is attached; `console-closed`.
 */
export async function connectTerminal(id: string, { stdin, stdout, stderr }: CommandIo): Promise<void> {
  const keyboard = stdin as Readable & Partial<NodeJS.ReadStream>;
  const isTerminal = keyboard.isTTY === true && (stdout as Partial<NodeJS.WriteStream>).isTTY === true;
  const { about, socket, tail } = await attachKept(id, { isTerminal });
  // In raw mode the terminal itself returns no carriage.
  const say = (text: string): void => void stderr.write(text.replaceAll('\n', keyboard.isRaw ? '\r\n' : '\n'));
  say(`bringup: ${about.check}, ${about.outcome} (${about.cause}); ${isTerminal ? 'Ctrl-] leaves' : 'its last lines:'}\n`);
  try {
    if (isTerminal) await makeRaw(keyboard);
    say(tail);
    if (!isTerminal) say('\n');
    socket.on('data', (bytes: Buffer) => {
      if (stdout.write(bytes)) return;
      socket.pause();
      stdout.once('drain', () => socket.resume());
    });
    socket.resume();
    const hasLeft = await sendUntilLeft(keyboard, socket, isTerminal);
    say(hasLeft ? `\nbringup: left; the machine is kept: bringup attach ${id}\n` : '\nbringup: the machine ended\n');
  } finally {
    if (isTerminal) keyboard.setRawMode?.(false);
    keyboard.pause();
    socket.destroy();
  }
}

/** Node's raw mode still puts a carriage return before each line feed, which breaks every program that draws. Its end restores all. */
async function makeRaw(keyboard: Partial<NodeJS.ReadStream>): Promise<void> {
  keyboard.setRawMode?.(true);
  await execa('stty', ['-opost'], { stdin: 'inherit' });
}

/** Sends what is typed; settles with true when it is over by the keyboard's end or Ctrl-], with false when the machine ended. */
function sendUntilLeft(keyboard: Readable, socket: Socket, isTerminal: boolean): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let silence: NodeJS.Timeout | undefined;
  /** What was written before is on its way: the other side reads it to its end. */
  const leave = (): void => {
    keyboard.off('data', onKeys);
    socket.end(() => resolve(true));
  };
  const onKeys = (bytes: Buffer): void => {
    const end = isTerminal ? bytes.indexOf(leaveByte) : -1;
    const isTaken = socket.write(end === -1 ? bytes : bytes.subarray(0, end));
    if (end !== -1) leave();
    else if (!isTaken) {
      keyboard.pause();
      socket.once('drain', () => keyboard.resume());
    }
  };
  const waitForSilence = (): void => {
    silence = setTimeout(leave, silenceMs);
    socket.on('data', () => silence?.refresh());
  };
  keyboard.on('data', onKeys).once('end', waitForSilence);
  socket.once('close', () => {
    clearTimeout(silence);
    keyboard.off('data', onKeys).off('end', waitForSilence);
    resolve(false);
  });
  return promise;
}
