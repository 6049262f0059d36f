import { BringupError } from '../../model/errors.ts';
import type { Shell } from './shell.ts';
import { sideDataPort, sideShellPort } from './side-ports.ts';

/** What `startSideShell` ends with where it started none, and what that means. */
const refusals: Readonly<Record<number, string>> = {
  3: 'the guest has no driver of virtio serial ports',
  4: `the guest’s driver shows no ports ${sideShellPort} and ${sideDataPort}`,
  5: 'the guest lacks setsid(1) or script(1)',
  6: 'the guest has no pseudo-terminals',
  7: 'the shell on the console has no job control',
};

/** A driver that was just loaded hears of its ports and their names a moment later. */
const portTries = 20;

/**
 * Shell text that starts a shell on the side channel's port and leaves it there. A port is no terminal, so script(1) gives the shell
 * one and carries the bytes; the next shell starts when it ends. It has the console shell's directory, environment and prompt, but is
 * of a session of its own: what ends that one, or is typed at it, does not touch this one.
 */
export function startSideShell(): string {
  const findPort = [
    'd=/sys/class/virtio-ports;[ -d $d ]||exit 3',
    'command -v setsid&&command -v script||exit 5',
    '[ -c /dev/ptmx ]||exit 6',
    'case $- in *m*);;*)exit 7;esac',
    `port(){ for p in $d/*;do n=;[ -r $p/name ]&&read -r n <$p/name;[ "$n" = $1 ]&&[ -c /dev/\${p##*/} ]&&return;done;return 1;}`,
    `i=0;until port ${sideDataPort}&&port ${sideShellPort};do i=$((i+1));[ $i -lt ${portTries} ]||exit 4;sleep 0.1||sleep 1;done`,
  ].join(';');
  // Without echo: nobody reads it, and it costs BusyBox's line editor and script(1) more time than most commands take.
  const loop = 'while :;do script -qfc "stty -echo;exec sh -i" /dev/null||sleep 1;done';
  // In the foreground, where job control has made it a leader of its group: it then forks and is done (setsid(1)). In the background
  // of a sub-shell all that comes of it would ignore Ctrl-C (POSIX, XCU 2.12).
  // A port can be opened by one process at a time, so once for reading and writing.
  return `__bd=$({ ${findPort};} >/dev/null 2>&1;echo "/dev/\${p##*/}")&&PS1=$PS1 setsid sh -c '${loop}' <>"$__bd" >&0 2>&0`;
}

/** Has the shell on the console start the one on the side channel, and makes that usable. Gives the reason where that can't be. */
export async function openSideShell(onConsole: Shell, onSide: Shell, signal?: AbortSignal): Promise<string | undefined> {
  const options = signal ? { signal } : {};
  try {
    const { exitStatus } = await onConsole.run(startSideShell(), options);
    if (exitStatus !== 0) return refusals[exitStatus] ?? `starting a shell on the virtio serial port ended with ${exitStatus}`;
    await onSide.ready(options);
    return undefined;
  } catch (error) {
    if (error instanceof BringupError) return error.shortMessage;
    throw error;
  }
}
