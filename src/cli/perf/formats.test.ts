import { expect, test } from 'vitest';
import type { Figures } from '../../model/figures.ts';
import { digest, sampleConditions } from '../../model/testing/figures-sample.ts';
import { render } from './formats.ts';

const figures: Figures = {
  v: 1,
  conditions: sampleConditions,
  guest: { kernel: { sha256: digest('a') }, initramfs: { sha256: digest('b') } },
  figures: {
    1: { perf_call_ns_p50: 400, perf_call_ns_p99: 3200, perf_call_ns_samples: 10_000, perf_pipe_ns: 12_000_000 },
    4: { perf_call_ns_p50: 410 },
  },
};

test('text is a table: a figure a row, a machine a column', () => {
  expect(render(figures, 'text').split('\n')).toEqual([
    '                    1 vCPU  4 vCPUs',
    'perf_call_ns_p50       400      410',
    'perf_call_ns_p99      3200         ',
    'perf_pipe_ns      12000000         ',
    '',
  ]);
});

test('json is what a baseline holds', () => {
  expect(JSON.parse(render(figures, 'json'))).toEqual(figures);
});

test('github-action-benchmark has a name, a unit and a value each', () => {
  expect(JSON.parse(render(figures, 'github-action-benchmark'))).toEqual([
    { name: 'perf_call_ns_p50 (1 vCPU)', unit: 'ns', value: 400 },
    { name: 'perf_call_ns_p99 (1 vCPU)', unit: 'ns', value: 3200 },
    { name: 'perf_pipe_ns (1 vCPU)', unit: 'ns', value: 12_000_000 },
    { name: 'perf_call_ns_p50 (4 vCPUs)', unit: 'ns', value: 410 },
  ]);
});

test('openmetrics: a family once, percentiles as quantiles, an end', () => {
  expect(render(figures, 'openmetrics').split('\n')).toEqual([
    '# TYPE bringup_perf_call_ns gauge',
    'bringup_perf_call_ns{profile="p",vcpus="1",quantile="0.5"} 400',
    'bringup_perf_call_ns{profile="p",vcpus="1",quantile="0.99"} 3200',
    'bringup_perf_call_ns{profile="p",vcpus="4",quantile="0.5"} 410',
    '# TYPE bringup_perf_pipe_ns gauge',
    'bringup_perf_pipe_ns{profile="p",vcpus="1"} 12000000',
    '# EOF',
    '',
  ]);
});
