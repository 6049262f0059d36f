import { readdir, readFile } from 'node:fs/promises';

/** Process ids whose command line holds the text; zombies have none and don't count. */
export async function processesNaming(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const named = await Promise.all(
    pids.map(async (pid) => {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
      return commandLine.includes(text) ? [Number(pid)] : [];
    }),
  );
  return named.flat().filter((pid) => pid !== process.pid);
}

export async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}

/** The process with this name in its command line that QEMU is by now: neither setpriv nor the shell before it. */
export async function qemuNaming(text: string, timeoutMs: number): Promise<number> {
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    for (const pid of await processesNaming(text)) {
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
      if (name.startsWith('qemu-system')) return pid;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no QEMU named ${text} within ${timeoutMs} ms`);
}
