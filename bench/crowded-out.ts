import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';

/** While the body runs, QEMU has of one of the host's CPUs what an endless loop there leaves it: next to nothing. */
export async function whileCrowdedOut<T>(qemuPid: number, body: () => Promise<T>): Promise<T> {
  const hog = spawn('setpriv', ['--pdeathsig', 'KILL', 'taskset', '-c', '0', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
  try {
    const pid = String(qemuPid);
    await execa('taskset', ['-a', '-p', '-c', '0', pid]);
    await execa('chrt', ['-a', '-i', '-p', '0', pid]);
    // A host that groups processes by session shares the CPU among the groups first (sched(7), "The autogroup feature").
    await writeFile(`/proc/${pid}/autogroup`, '19').catch(() => {});
    return await body();
  } finally {
    hog.kill('SIGKILL');
  }
}
