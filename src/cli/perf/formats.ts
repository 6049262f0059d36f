import type { Figures } from '../../model/figures.ts';
import { plural } from '../../reporters/index.ts';

export const formats = ['text', 'json', 'github-action-benchmark', 'openmetrics'] as const;
export type FiguresFormat = (typeof formats)[number];

interface Figure {
  readonly name: string;
  readonly vcpus: number;
  readonly value: number;
}

/** The figures in a format. */
export function render(figures: Figures, format: FiguresFormat): string {
  const all = Object.entries(figures.figures).flatMap(([vcpus, byName]) =>
    Object.entries(byName)
      // How many a percentile was taken of is no figure of its own.
      .filter(([name]) => !name.endsWith('_samples'))
      .map(([name, value]): Figure => ({ name, vcpus: Number(vcpus), value })),
  );
  switch (format) {
    case 'text':
      return table(all);
    case 'json':
      return `${JSON.stringify(figures, null, 2)}\n`;
    case 'github-action-benchmark':
      return `${JSON.stringify(all.map(benchmarkEntry), null, 2)}\n`;
    case 'openmetrics':
      return openMetrics(all, figures.conditions.profile);
  }
}

function table(all: readonly Figure[]): string {
  const vcpus = [...new Set(all.map((figure) => figure.vcpus))];
  const rows = [...new Set(all.map(({ name }) => name))].map((name) => [
    name,
    ...vcpus.map((count) => String(all.find((figure) => figure.name === name && figure.vcpus === count)?.value ?? '')),
  ]);
  const head = ['', ...vcpus.map((count) => plural(count, 'vCPU'))];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] as string).length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number))).join('  ');
  return `${[head, ...rows].map(line).join('\n')}\n`;
}

/** For its `tool: customSmallerIsBetter`. */
function benchmarkEntry({ name, vcpus, value }: Figure): { name: string; unit: string; value: number } {
  return { name: `${name} (${plural(vcpus, 'vCPU')})`, unit: 'ns', value };
}

/** OpenMetrics 1.0 text: a gauge a figure, percentiles as its label `quantile`, vCPUs and profile as labels. */
function openMetrics(all: readonly Figure[], profile: string): string {
  const families = Map.groupBy(all, ({ name }) => name.replace(/_p\d+$/, ''));
  const lines = [...families].flatMap(([family, figures]) => {
    const metric = `bringup_${family}`;
    return [
      `# TYPE ${metric} gauge`,
      ...figures.map(({ name, vcpus, value }) => {
        const percentile = /_p(\d+)$/.exec(name)?.[1];
        const quantile = percentile === undefined ? '' : `,quantile="${Number(percentile) / 100}"`;
        return `${metric}{profile="${profile}",vcpus="${vcpus}"${quantile}} ${value}`;
      }),
    ];
  });
  return `${[...lines, '# EOF'].join('\n')}\n`;
}
