import assert from 'node:assert/strict';
import { type CheckContext, type CheckDraft, check } from '../define.ts';

const countCheck = (count: number): CheckDraft =>
  check(
    `e.cpus.count-${count}`,
    `\`nproc\` and /proc/cpuinfo show ${count} CPUs, and each runs what is confined to it`,
    { guest: { init: 'shell', vcpus: count } },
    async ({ shell }) => {
      assert.equal((await shell.run('nproc', { captured: true })).output, String(count), '`nproc`');
      const { output } = await shell.run("grep -c '^processor' /proc/cpuinfo", { captured: true });
      assert.equal(output, String(count), 'processors in /proc/cpuinfo');
      const all = Array.from({ length: count }, (_, cpu) => cpu);
      const ran = await shell.run(
        `for cpu in ${all.join(' ')}; do taskset $(printf %x $((1 << cpu))) cut -d ' ' -f 39 /proc/self/stat; done`,
        {
          captured: true,
        },
      );
      assert.deepEqual(
        ran.output.split('\n'),
        all.map(String),
        'where programs ran that were confined to one CPU after the other (/proc/self/stat, 39)',
      );
    },
  );

const cpus = 4;

/** CPUs, and who runs on them. */
export const cpuChecks = [
  countCheck(2),
  countCheck(4),
  countCheck(8),

  check(
    'e.cpus.all-busy',
    `a burner for each of ${cpus} CPUs keeps each at least 80 % busy, and the console answers meanwhile`,
    { guest: { init: 'shell', vcpus: cpus }, budgetMs: 120_000 },
    async (context) => {
      const { shell, consoleShell, within, metric } = context;
      await shell.run(`for i in $(seq ${cpus}); do (while :; do :; done) & done; sleep 1`);
      const before = await busyTimes(context);
      for (let turn = 0; turn < 10; turn++) {
        const { output } = await consoleShell.run(`echo answer ${turn}; sleep 0.2`, { captured: true, ...within(answerMs) });
        assert.equal(output, `answer ${turn}`);
      }
      const after = await busyTimes(context);
      await shell.run('kill $(jobs -p); wait');
      assert.equal(after.length, cpus, 'CPUs in /proc/stat');
      const shares = after.map(({ busy, all }, cpu) => {
        const start = before[cpu] as CpuTimes;
        assert.ok(all - start.all >= 20, `CPU ${cpu}: 20 ticks and more between two looks at /proc/stat; there were ${all - start.all}`);
        return Math.round((100 * (busy - start.busy)) / (all - start.all));
      });
      for (const share of shares) metric('cpu_busy_percent', share);
      assert.ok(
        shares.every((share) => share >= 80),
        `each CPU at least 80 % busy; they were: ${shares.map((share) => `${share} %`).join(', ')}`,
      );
    },
  ),

  check(
    'e.cpus.taskset',
    '`taskset` confines busy programs to CPU 0, although others are idle, and moves one to CPU 1',
    { guest: { init: 'shell', vcpus: cpus } },
    async (context) => {
      const { shell } = context;
      const start = "taskset 1 sh -c 'while :; do :; done' & echo $!";
      const first = (await shell.run(start)).output.trim().split('\n').at(-1) as string;
      const second = (await shell.run(start)).output.trim().split('\n').at(-1) as string;
      for (const pid of [first, second]) assert.match(pid, /^\d+$/, 'process id of a burner');
      // Three looks at each, a while apart: a scheduler that may would have moved one by then.
      for (let look = 0; look < 3; look++) {
        await shell.run('sleep 0.3');
        assert.deepEqual([await cpuOf(context, first), await cpuOf(context, second)], ['0', '0'], 'CPUs of the two (/proc/<pid>/stat, 39)');
      }
      await shell.run(`taskset -p 2 ${second}; sleep 0.3`);
      assert.deepEqual([await cpuOf(context, first), await cpuOf(context, second)], ['0', '1'], 'CPUs when one was moved');
      const { output } = await shell.run(`grep Cpus_allowed_list /proc/${second}/status | cut -f 2; kill ${first} ${second}; wait`, {
        captured: true,
      });
      assert.equal(output, '1', 'CPUs that the moved one may run on (/proc/<pid>/status)');
    },
  ),

  check(
    'e.cpus.off-and-on',
    'a CPU can be taken off and put on again: what ran there goes on elsewhere, and the CPU works again',
    {
      guest: { init: 'shell', vcpus: 2 },
      skipWhere: ({ capabilities }) =>
        capabilities.includes('cpu-hotplug') ? undefined : 'the profile does not say that CPUs can be taken off (cpu-hotplug)',
    },
    async (context) => {
      const { shell } = context;
      const text = async (command: string): Promise<string> =>
        (await shell.run(command, { captured: true, signal: context.signal })).output;
      const online = '/sys/devices/system/cpu/cpu1/online';
      await shell.run("taskset 2 sh -c 'while :; do :; done' & echo $! > /tmp/burner; sleep 0.2");
      const burner = await text('cat /tmp/burner');
      assert.equal(await cpuOf(context, burner), '1', 'CPU of a burner that is confined to CPU 1');
      for (let turn = 1; turn <= 5; turn++) {
        assert.equal(await text(`echo 0 > ${online}; cat ${online}; nproc`), '0\n1', `CPU 1 is off, and one is left (turn ${turn})`);
        assert.equal(await cpuOf(context, burner), '0', 'CPU of the burner when its own is off');
        assert.equal(await text(`echo 1 > ${online}; cat ${online}; nproc`), '1\n2', `CPU 1 is on again (turn ${turn})`);
        assert.equal(await text("taskset 2 cut -d ' ' -f 39 /proc/self/stat"), '1', 'where a program runs that is confined to CPU 1');
        await shell.run(`taskset -p 2 ${burner}; sleep 0.2`);
        assert.equal(await cpuOf(context, burner), '1', 'CPU of the burner when it was moved back');
      }
      await shell.run(`kill ${burner}; wait`);
    },
  ),
];

/** Of the console, while all CPUs compute: less than a person would call hung. */
const answerMs = 5_000;

interface CpuTimes {
  /** In ticks of /proc/stat, 10 ms. */
  readonly busy: number;
  /** Busy and idle: a CPU that the host keeps waiting has fewer of both. */
  readonly all: number;
}

/** Of each CPU, from its line in /proc/stat: user nice system idle iowait irq softirq (proc(5)). */
async function busyTimes({ shell, signal }: CheckContext): Promise<CpuTimes[]> {
  const { output } = await shell.run("grep '^cpu[0-9]' /proc/stat", { captured: true, signal });
  return output.split('\n').map((line) => {
    const times = line.split(' ').slice(1, 8).map(Number);
    const all = times.reduce((sum, each) => sum + each, 0);
    return { busy: all - (times[3] as number) - (times[4] as number), all };
  });
}

async function cpuOf({ shell, signal }: CheckContext, pid: string): Promise<string> {
  return (await shell.run(`cut -d ' ' -f 39 /proc/${pid}/stat`, { captured: true, signal })).output;
}
