import { randomBytes } from 'node:crypto';
import type { OutputMode } from './command.ts';
import { frameCheck, kinds } from './frames.ts';
import { cut, encode, quote } from './quoting.ts';

/**
 * What is typed at a POSIX shell so that it reports in frames (see frames.ts). Everything typed is printable ASCII in
 * lines that the guest's line editor takes, and counts only once its length was checked in the guest.
 *
 * Commands run by `eval` in the one interactive shell, outside any function, so that variables, the current directory,
 * positional parameters, jobs and `$?` carry over from one command to the next.
 */

/** One setting-up of a shell; the nonce keeps it apart from earlier ones. */
export interface Session {
  readonly nonce: string;
  /** Holds captured output while it is sent. */
  readonly captureFile: string;
  /** Name of the virtio serial port that captured output is sent over; undefined where it goes in frames. */
  readonly dataPort?: string | undefined;
}

export function newSession(dataPort?: string): Session {
  const nonce = randomBytes(4).toString('hex');
  return { nonce, captureFile: `/tmp/.bringup-${nonce}`, dataPort };
}

/** Text that the guest's `read -r` takes line by line: no line editor echoes it, and no quoting makes it longer. */
export interface LongText {
  /** Reads lines up to an empty one, and acknowledges each with the number of characters that arrived so far, from 0. */
  readonly opening: string;
  readonly lines: readonly string[];
}

/** What is typed to set a session up. */
export interface SetUpText extends LongText {
  /** Define what the opening needs. */
  readonly first: readonly string[];
}

/**
 * - `__bp sequence kind number text` prints a frame. Its line goes out in one write, which other programs' writes to the
 *   terminal can't cut (Linux: tty_write's lock).
 * - `__bb` begins the command in `__bc`, unless it arrived cut: `__bi` is its number and its length. Until it ends, `__bs` is empty.
 * - `__bx` gives the `$?` before the command; `__be` reports the one after it, or again what it reported. Frames that
 *   nobody would ask for again are sent twice.
 * - `__bn` makes a new file for captured output: a job that still writes to the last one must not get into this one.
 * - `__bt` sends the captured output, over the port `__bd` where there is one.
 * - `__br`, `__bw` are what runs a command, its output on the terminal or captured; `__bR`, `__bW` decode it first. Held in the
 *   guest, since a typed character costs a line editor more time than most commands take.
 */
function definitions({ captureFile, dataPort }: Session): string {
  return [
    ...(dataPort === undefined ? [] : [findPort(dataPort)]),
    `__bs=0;__bf=${captureFile}`,
    `__bb(){ [ "\${#__bc}" = "\${__bi#*.}" ]||{ __bp "\${__bi%.*}" ${kinds.refused} 0 "";return 1;};` +
      `__bq=\${__bi%.*};__bo=$__bs;__bs=;${twice(`"$__bq" ${kinds.begin} 0 ""`)};}`,
    '__bx(){ return "$__bo";}',
    `__be(){ __bs=\${__bs:-$?};${twice(`"$__bq" ${kinds.end} "$__bs" ""`)};}`,
    `__bn(){ rm -f "$__bf";printf "" >|"$__bf"&&return;__be;${twice(`"$__bq" ${kinds.sent} 0 ""`)};return 1;}`,
    dataPort === undefined ? sendInFrames : sendOverPort,
    // `command` keeps a syntax error from ending the line; the blank keeps a command's first dash from being an option.
    `__bu='__bx;command eval " $__bc"';__by='__bc=$(printf "$__bc");'`,
    '__br="if __bb;then $__bu;__be;fi";__bR="if __bb;then $__by$__bu;__be;fi"',
    `__bz='>|"$__bf" 2>&1;__be;__bt;fi'`,
    '__bw="if __bb&&__bn;then $__bu $__bz";__bW="if __bb&&__bn;then $__by$__bu $__bz"',
  ].join(';');
}

const sendInFrames =
  // A loop over words, not over `read`: BusyBox's makes several system calls for each byte.
  `__bt(){ set -- "$(sha256sum <"$__bf")";(unset IFS;__bk=0;for __bl in $(base64 "$__bf");do __bk=$((__bk+1));__bp "$__bq" ${kinds.data} "$__bk" "$__bl";done;` +
  `${twice(`"$__bq" ${kinds.sent} "$__bk" "\${1%% *}"`)});}`;

/** A frame says whose the bytes behind it are; how many, the one on the terminal. */
const sendOverPort =
  `__bt(){ { __bp "$__bq" ${kinds.data} 0 "";command cat "$__bf";} >"$__bd";set -- "$(sha256sum <"$__bf")" "$(wc -c <"$__bf")";` +
  `${twice(`"$__bq" ${kinds.sent} "$(($2))" "\${1%% *}"`)};}`;

/** Sets `__bd` to the port's device, without starting a program. */
function findPort(name: string): string {
  return `for __bd in /sys/class/virtio-ports/*;do __bl=;read -r __bl <"$__bd/name";[ "$__bl" = ${name} ]&&break;done;__bd=/dev/\${__bd##*/}`;
}

/** What stands before captured output on its port. */
export function dataHeader({ nonce }: Session, sequence: number): string {
  return `@@br:${nonce}:${sequence}:${kinds.data}:0::${frameCheck(sequence, kinds.data, 0, 0)}@@\n`;
}

function twice(frame: string): string {
  return `__bp ${frame};__bp ${frame}`;
}

/** printf's format of a frame, typed so that its echo is none. */
function format(nonce: string): string {
  return `'\\n@''@br:${nonce}:%s:%s:%s:%s:%s@''@\\n'`;
}

/** What sets a session up; it holds when a `ready` frame tells one character more than the lines have. */
export function setUpText(session: Session, maxLineBytes: number): SetUpText & { readonly readyChars: number } {
  const text = definitions(session);
  const readyChars = text.length + 1;
  return {
    first: [
      `__bp(){ printf ${format(session.nonce)} "$1" "$2" "$3" "$4" "$((($1*31+$2*1009+$3*17+\${#4})%9973))";}`,
      `__bg(){ __bc=;__bp "$1" ${kinds.ready} 0 "";while IFS= read -r __bl;[ "$__bl" ];do __bc=$__bc$__bl;__bp "$1" ${kinds.ready} "\${#__bc}" "";done;}`,
    ],
    opening: `__bg 0;[ "\${#__bc}" = ${text.length} ]&&eval "$__bc"&&__bp 0 ${kinds.ready} ${readyChars} ""`,
    lines: cut(text, maxLineBytes),
    readyChars,
  };
}

/** Prints a `ready` frame without any help of the session's functions. */
export function readyCommand({ nonce }: Session, sequence: number): string {
  return `printf ${format(nonce)} ${sequence} ${kinds.ready} 0 '' ${frameCheck(sequence, kinds.ready, 0, 0)}`;
}

/** What is typed to run one command. */
export type CommandText = { readonly line: string } | LongText;

const runners = { tty: { plain: '__br', encoded: '__bR' }, captured: { plain: '__bw', encoded: '__bW' } } as const;

export function commandText(sequence: number, command: string, mode: OutputMode, maxLineBytes: number): CommandText {
  const { text, encoded } = encode(command);
  const run = `eval "$${runners[mode][encoded ? 'encoded' : 'plain']}"`;
  const what = `__bi=${sequence}.${text.length}`;
  const line = `__bc=${quote(text)} ${what};${run}`;
  if (line.length <= maxLineBytes) return { line };
  return { opening: `__bg ${sequence};${what};${run}`, lines: cut(text, maxLineBytes) };
}

/** Asks for the last command's status once more, or for the first time where the shell gave the command up itself. */
export const reportAgain = '__be';
/** Prints a `ready` frame with the number of the command that the shell began last, 0 where it knows of none. */
export function lastBegunCommand(sequence: number): string {
  return twice(`${sequence} ${kinds.ready} "\${__bq:-0}" ""`);
}
/** Asks for captured output once more. */
export const sendAgain = '__bt';
