import { BringupError } from '../../model/errors.ts';
import type { Exchange } from './exchange.ts';
import type { ShellLink } from './link.ts';
import { readyCommand, reportAgain } from './posix.ts';

/** Console silence after which a prompt in the middle of a command is looked into. */
const silenceMs = 1_000;

/**
 * Looks into a prompt that comes before the command's report: the report was damaged, the shell gave the command up itself
 * (an unset variable under `set -u`), or another shell reads now (`exit`, `exec`, `sh`). Only an answer to a question settles it:
 * text that looks like a prompt proves nothing. `lost` rejects where another shell answers.
 */
export function watchForPrompt(
  link: ShellLink,
  exchange: Exchange,
  prompt: RegExp,
  signal: AbortSignal,
): { lost: Promise<never>; stop: () => void } {
  const { promise: lost, reject } = Promise.withResolvers<never>();
  lost.catch(() => {});
  const { console } = link;
  let asked = false;
  const timer = setInterval(() => {
    const silentMs = performance.now() - (console.lastByteAtMs ?? 0);
    if (silentMs < silenceMs || !prompt.test(console.unfinishedLine)) return;
    if (!asked) {
      asked = true;
      exchange.ready = undefined;
      void link.type(`${reportAgain};${readyCommand(link.session, exchange.sequence)}`, signal).catch(() => {});
    } else if (exchange.ready !== undefined && exchange.exitStatus === undefined) {
      clearInterval(timer);
      reject(shellLost(console.tail()));
    }
  }, silenceMs / 4);
  return { lost, stop: () => clearInterval(timer) };
}

function shellLost(consoleTail: string): BringupError {
  return new BringupError(
    'shell-lost',
    'the command’s shell ended, or it started another interactive one: a prompt came without the command’s report',
    {
      hint: 'run commands that end the shell (exit, exec) or start one in a sub-shell, or drive them over machine.console.',
      consoleTail,
    },
  );
}
