import { type Bench, describeHost, type Metric } from '../../bench/bench.ts';
import { parseArguments, unknownWord } from './arguments.ts';
import type { Command } from './command.ts';

/** Every benchmark, loaded only when it runs. */
const benches: Readonly<Record<string, () => Promise<{ bench: Bench }>>> = {
  boot: () => import('../../bench/boot.ts'),
  expect: () => import('../../bench/expect.ts'),
  fork: () => import('../../bench/fork.ts'),
  lab: () => import('../../bench/lab.ts'),
  verdicts: () => import('../../bench/verdicts.ts'),
};

export const command: Command = {
  name: 'bench',
  summary: 'measure bringup, each figure beside a baseline of the same run',
  usage: `usage: bringup bench [${Object.keys(benches).join('|')}] [--json]

  --json   print one JSON object a benchmark: { name, host, metrics }

Without a name all of them run. Measure on an idle host.
`,
  async run(argv, io) {
    const { values, positionals } = parseArguments(argv, { json: { type: 'boolean' } });
    const names = positionals.length === 0 ? Object.keys(benches) : positionals;
    const unknown = names.find((name) => !Object.hasOwn(benches, name));
    if (unknown !== undefined) throw unknownWord('benchmark', unknown, Object.keys(benches));
    for (const name of names) {
      const { bench } = await (benches[name] as () => Promise<{ bench: Bench }>)();
      const metrics = await bench.run({ onProgress: (message) => io.stderr.write(`bench ${name}: ${message}\n`) });
      const result = { name, host: describeHost(), metrics };
      io.stdout.write(values.json ? `${JSON.stringify(result, null, names.length === 1 ? 2 : 0)}\n` : metrics.map(renderMetric).join(''));
    }
    return 0;
  },
};

function renderMetric({ name, unit, value, baseline, baselineValue, ratio }: Metric): string {
  const compared = baseline === null ? '' : `   ${ratio} of ${baseline}, ${baselineValue} ${unit}`;
  return `${name.padEnd(28)} ${value} ${unit}${compared}\n`;
}
