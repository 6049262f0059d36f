import type { LogBody, LogLevel } from './events.ts';
import { droppedMessages, type KernelMessage } from './printk.ts';

const linuxLevels = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const satisfies LogLevel[];

const sisLevels: Readonly<Record<string, LogLevel>> = {
  fatal: 'emergency',
  error: 'error',
  warn: 'warning',
  warning: 'warning',
  info: 'info',
  debug: 'debug',
  trace: 'trace',
};

/** `[Warn] net: TX failed`. */
const sisLeveled = /^\[(Error|Warn|Warning|Info|Debug|Trace)\] (?:(\w{1,40}): )?(.*)$/;
/** `[AUTOCTL] Command complete`, `[ERROR] Invalid decision ID`, `[LLM][POLICY] rejected`. */
const sisTagged = /^\[([A-Z][A-Z0-9_]{1,40})\](?: |(?=\[))(.*)$/;

export function linuxLog({ level, timestampMs, cpu, task, text }: KernelMessage): LogBody {
  const levelName = level === undefined ? undefined : linuxLevels[level];
  return {
    type: 'log',
    source: 'linux',
    ...(levelName === undefined ? {} : { level: levelName }),
    timestampMs,
    ...(cpu === undefined ? {} : { cpu }),
    ...(task === undefined ? {} : { task }),
    message: text,
  };
}

/** Reads SIS's log lines, and printk's note on lost messages. */
export function parseLog(text: string): LogBody | undefined {
  if (droppedMessages.test(text)) return { type: 'log', source: 'linux', level: 'warning', message: text };
  const leveled = sisLeveled.exec(text);
  if (leveled !== null) return sisLog(leveled[1] as string, leveled[2], leveled[3] as string);
  const tagged = sisTagged.exec(text);
  if (tagged === null) return undefined;
  const [, tag = '', message = ''] = tagged;
  return Object.hasOwn(sisLevels, tag.toLowerCase())
    ? sisLog(tag, undefined, message)
    : { type: 'log', source: 'sis', module: tag, message };
}

function sisLog(level: string, module: string | undefined, message: string): LogBody {
  const name = sisLevels[level.toLowerCase()];
  return {
    type: 'log',
    source: 'sis',
    ...(name === undefined ? {} : { level: name }),
    ...(module === undefined ? {} : { module }),
    message,
  };
}
