import type { Socket } from 'node:net';
import { z } from 'zod';
import { BringupError } from '../../model/errors.ts';
import { bounded } from '../wait.ts';

/**
 * What goes over a kept machine's socket: its process says what it holds, in one line. The caller asks for `end`, which is answered by the
 * socket's close once the machine is gone, or for `attach`, which is answered by one line; from there on both sides send raw console bytes.
 * A caller that asks for nothing learns of the machine's end by the close.
 */
export const aboutKeptSchema = z.object({
  /** What `bringup attach` takes. */
  id: z.string(),
  /** Id of the check, or the test's name. */
  check: z.string(),
  /** FAIL or ERROR. */
  outcome: z.string(),
  cause: z.string().nullable(),
  /** When it was kept, in milliseconds since the Unix epoch. */
  sinceEpochMs: z.number(),
  /** Of QEMU. */
  pid: z.number().int(),
});
export type AboutKept = z.infer<typeof aboutKeptSchema>;

export const requestSchema = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('attach'),
    /** Whether a terminal is at the other end, which itself answers programs that ask it something. */
    isTerminal: z.boolean(),
  }),
  z.object({ ask: z.literal('end') }),
]);
export type Request = z.infer<typeof requestSchema>;

export const attachReplySchema = z.union([
  /** The console's last lines. */
  z.object({ tail: z.string() }),
  /** Why not. */
  z.object({ refused: z.string() }),
]);
export type AttachReply = z.infer<typeof attachReplySchema>;

const maxLineBytes = 1 << 20;
const answerMs = 30_000;

export function sendLine(socket: Socket, value: AboutKept | Request | AttachReply): void {
  socket.write(`${JSON.stringify(value)}\n`);
}

/**
 * The value of the socket's next line; what follows it stays to be read, and the socket is paused.
 * @throws BringupError `console-closed` where none comes, or another than expected.
 */
export async function receiveLine<T>(socket: Socket, schema: z.ZodType<T>): Promise<T> {
  const line = await nextLine(socket);
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    throw lost('what came is not what a kept machine says', error);
  }
}

/**
 * Like `receiveLine`, where an answer is due.
 * @throws BringupError `console-closed`, `harness-fault` where none comes in time.
 */
export function receiveAnswer<T>(socket: Socket, schema: z.ZodType<T>): Promise<T> {
  const late = (): BringupError =>
    new BringupError('harness-fault', `the process that keeps the machine did not answer within ${answerMs} ms`, {
      hint: 'is the host very busy, or that process stopped? Try again, or end its run.',
    });
  return bounded(receiveLine(socket, schema), 'a kept machine’s answer', { timeoutMs: answerMs }, late);
}

function nextLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const release = (): void => {
      socket.pause();
      socket.off('data', onData).off('close', onClose);
    };
    const onClose = (): void => {
      release();
      reject(lost('the kept machine’s socket closed before a line came'));
    };
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf('\n');
      if (end === -1 && seen.length <= maxLineBytes) return;
      release();
      if (end === -1) reject(lost(`a line of more than ${maxLineBytes} bytes came`));
      else {
        if (end + 1 < seen.length) socket.unshift(seen.subarray(end + 1));
        resolve(seen.toString('utf8', 0, end));
      }
    };
    socket.on('data', onData).on('close', onClose);
    socket.resume();
  });
}

function lost(shortMessage: string, cause?: unknown): BringupError {
  return new BringupError('console-closed', shortMessage, { hint: '`bringup attach` lists the machines that are kept.', cause });
}
