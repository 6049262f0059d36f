import { randomBytes } from 'node:crypto';
import { frameCheck } from './frames.ts';

/**
 * What is typed at a POSIX shell so that it reports in frames (see frames.ts). Everything typed is printable ASCII in
 * lines the guest's line editor takes; every line that defines something is checked by its length before it counts.
 *
 * Commands run by `eval` in the one interactive shell, outside any function, so that variables, the current directory,
 * positional parameters, jobs and `$?` carry over from one command to the next.
 */

/** Names of a session's shell functions and variables; the nonce keeps sessions apart. */
export interface Session {
  readonly nonce: string;
  /** Holds captured output while it is sent. */
  readonly captureFile: string;
}

export function newSession(): Session {
  const nonce = randomBytes(4).toString('hex');
  return { nonce, captureFile: `/tmp/.bringup-${nonce}` };
}

/**
 * Typed once a session, each line acknowledged by a `ready` frame:
 * `__bp` prints a control frame in one write; `__bb` opens a command, unless the line was cut or the file can't be
 * written; `__bx` restores `$?`; `__be` reports the status, twice because damage to one frame must not cost the
 * deadline; `__bt` sends captured output.
 */
function definitions({ nonce, captureFile }: Session): string[] {
  const data = `'@''@br:${nonce}:%s:d:%s:%s:%s@''@\\n'`;
  return [
    `__bs=0;__bf=${captureFile};__bp(){ printf ${control(nonce)} "$1" "$2" "$3" "$4" $((($1*31+$3*17+\${#4})%9973));}`,
    `__bb(){ __bq=$1;[ "\${#__bc}" = "$2" ]&&__bp "$1" b 0 ""&&return;__bp "$1" n "\${#__bc}" "";return 1;}`,
    `__bx(){ return "$__bs";};__be(){ __bs=$?;__bp "$__bq" e "$__bs" "";__bp "$__bq" e "$__bs" "";}`,
    `__bt(){ set -- "$(sha256sum <"$__bf")";base64 "$__bf"|{ n=0;while read -r l;do n=$((n+1));` +
      `printf ${data} "$__bq" "$n" "$l" "\${#l}";done;__bp "$__bq" f "$n" "\${1%% *}";};}`,
  ];
}

/** printf's format of a control frame, typed so that its echo is none. */
function control(nonce: string): string {
  return `'\\n@''@br:${nonce}:%s:%s:%s:%s:%s@''@\\n'`;
}

/** Lines that set a session up. Each one's `ready` frame carries its index as sequence number. */
export function setupLines(session: Session): string[] {
  return definitions(session).map(
    (text, index) => `__bc=${quote(text)};[ "\${#__bc}" = ${text.length} ]&&eval "$__bc"&&${readyCommand(session, index)}`,
  );
}

/** Prints a `ready` frame without any help of the session's functions. */
export function readyCommand({ nonce }: Session, sequence: number): string {
  return `printf ${control(nonce)} ${sequence} s 0 '' ${frameCheck(sequence, 0, 0)}`;
}

/** How the command's output reaches the harness. */
export type OutputMode = 'tty' | 'captured';

/**
 * Lines that run one command. All but the last only carry parts of it and are acknowledged by a `ready` frame with the
 * sequence numbers from `sequence * 1000` on.
 */
export function commandLines(session: Session, sequence: number, command: string, mode: OutputMode, maxLineBytes: number): string[] {
  const { text, decode } = encode(command);
  const prepare = `${decode ? '__bc=$(printf "$__bc");' : ''}__bx`;
  const body =
    mode === 'tty'
      ? `${prepare};command eval "$__bc";__be`
      : `if command : >"$__bf";then ${prepare};command eval "$__bc" >"$__bf" 2>&1;__be;__bt;else __be;__bp "$__bq" f 0 "";fi`;
  const run = `if __bb ${sequence} ${text.length};then ${body};fi`;
  const single = `__bc=${quote(text)};${run}`;
  if (single.length <= maxLineBytes) return [single];
  const parts = splitForTyping(text, maxLineBytes - 120);
  const typed = parts.map((part, index) => {
    return `__bc=${index === 0 ? '' : '$__bc'}${quote(part)};${readyCommand(session, sequence * 1000 + index)}`;
  });
  return [...typed, run];
}

/** Asks for the last command's status, and its captured output, once more. */
export function repeatLine(mode: OutputMode): string {
  return mode === 'captured' ? '__bx;__be;__bt' : '__bx;__be';
}

/** Single quotes, as POSIX's shell grammar takes them (2.2.2). */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text that can be typed: what a line editor might act on is given to printf(1) as octal escapes. */
function encode(command: string): { text: string; decode: boolean } {
  if (/^[\x20-\x7e]*$/.test(command)) return { text: command, decode: false };
  const octal = Array.from(Buffer.from(command, 'utf8'), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9 _./=,;-]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return { text: octal.join(''), decode: true };
}

/** Cuts where quoting takes at most four characters for one. */
function splitForTyping(text: string, maxQuotedChars: number): string[] {
  const parts: string[] = [];
  let part = '';
  let quotedChars = 2;
  for (const char of text) {
    const cost = char === "'" ? 4 : 1;
    if (quotedChars + cost > maxQuotedChars) {
      parts.push(part);
      part = '';
      quotedChars = 2;
    }
    part += char;
    quotedChars += cost;
  }
  parts.push(part);
  return parts;
}
