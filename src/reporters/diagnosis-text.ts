import type { RunEventOf } from '../model/run-event.ts';
import { formatDuration } from './text.ts';

type Diagnosis = RunEventOf<'diagnosis'>;

/** What was found out where a wait ran out, in words. */
export interface DiagnosisText {
  /** What the guest was doing, or what kept it from doing anything. */
  readonly title: string;
  readonly vcpus: readonly VcpuText[];
  /** Console, disks, host: a sentence each. */
  readonly facts: readonly string[];
}

interface VcpuText {
  readonly index: number;
  /** Share of a host CPU that it wanted, and that it had. */
  readonly wanted: string;
  readonly had: string;
  /** Where it was, in the kernel and in user space. */
  readonly places: readonly string[];
}

const doings: Readonly<Record<Diagnosis['verdict'], string>> = {
  working: 'the guest was at work',
  spin: 'the guest was busy and got nowhere (an endless loop)',
  stuck: 'the guest was busy without changing a register (a loop of one instruction)',
  idle: 'the guest was idle',
  unreachable: 'QEMU did not answer',
  paused: 'QEMU was paused',
  starved: 'the host left the guest too little time to tell',
};

export function describeDiagnosis({ verdict, observedMs, vcpus, disks, silentMs, bytesMeanwhile, host, qemu }: Diagnosis): DiagnosisText {
  const kept = [
    ['waiting for a CPU', host.waited],
    ['QEMU stopped', host.stopped],
    ['taken by a hypervisor', host.stolen],
    ['waiting for memory', host.memory],
  ] as const;
  const parts = kept.filter(([, share]) => share >= 0.005).map(([what, share]) => `${what} ${percent(share)}`);
  const served = disks === null ? 'unknown' : `${disks.reads} reads, ${disks.writes} writes, ${disks.flushes} flushes meanwhile`;
  return {
    title: `Looked at for ${formatDuration(observedMs)} when time ran out, ${doings[verdict]}.`,
    vcpus: vcpus.map(describeVcpu),
    facts: [
      `Console: ${bytesMeanwhile === 0 ? `silent for ${formatDuration(silentMs)}` : `${bytesMeanwhile} bytes came meanwhile`}.`,
      `QEMU: ${qemu}. Disks: ${served}.`,
      `Host: kept ${percent(host.lost)} of ${formatDuration(host.spanMs)} from the guest${parts.length === 0 ? '' : ` (${parts.join(', ')})`}.`,
    ],
  };
}

function describeVcpu({ index, busy, ran, places }: Diagnosis['vcpus'][number]): VcpuText {
  const groups = Map.groupBy(places, ({ privilege }) => privilege);
  const bySize = [...groups].sort(([, a], [, b]) => b.length - a.length);
  return {
    index,
    wanted: percent(busy),
    had: percent(ran),
    places: bySize.map(([privilege, own]) => `${whose[privilege ?? 'unknown']}${placesOf(own)}`),
  };
}

const whose = { kernel: 'in the kernel: ', user: 'in user space: ', unknown: '' } as const;

/** Each place once, the most frequent first. */
function placesOf(places: Diagnosis['vcpus'][number]['places']): string {
  const counts = Map.groupBy(places, ({ pc, symbol }) => (symbol === undefined ? pc : `${symbol} (${pc})`));
  const seen = [...counts].sort(([, a], [, b]) => b.length - a.length);
  return seen.map(([name, { length }]) => (length === 1 ? name : `${name} × ${length}`)).join(', ');
}

/** The diagnosis as plain text. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { title, vcpus, facts } = describeDiagnosis(diagnosis);
  const lines = vcpus.map(
    ({ index, wanted, had, places }) =>
      `vCPU ${index}: wanted ${wanted} and had ${had} of a host CPU; was ${places.join('; ') || 'at an unknown address'}`,
  );
  return [title, ...lines, ...facts].join('\n');
}

/** What a hung kernel said when it was asked for its backtraces, or that it said nothing. */
export function backtracesTitle({ isAnswered }: RunEventOf<'backtraces'>): string {
  return isAnswered
    ? 'The kernel’s own backtraces, asked for by SysRq'
    : 'Asked by SysRq for the backtraces of its CPUs, the kernel did not answer: it takes no interrupts, or does not listen on this line.';
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
