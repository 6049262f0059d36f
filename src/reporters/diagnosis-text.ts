import type { RunEventOf } from '../model/run-event.ts';
import type { MachineModel } from './run-model.ts';
import { formatDuration } from './text.ts';

type Diagnosis = RunEventOf<'diagnosis'>;

const doings: Readonly<Record<Diagnosis['verdict'], string>> = {
  working: 'the guest was at work',
  spin: 'the guest was busy and got nowhere',
  stuck: 'the guest was busy without changing a register',
  idle: 'the guest was idle',
  unreachable: 'QEMU did not answer',
  paused: 'QEMU was paused',
  starved: 'the host starved QEMU',
};

/** What was found out on a machine whose waits ran out, as paragraphs of plain text. */
export function diagnosisTexts({ diagnoses, backtraces }: Pick<MachineModel, 'diagnoses' | 'backtraces'>): string[] {
  return [...diagnoses.map(diagnosisText), ...backtraces.map(backtraceText)];
}

function diagnosisText({ error, verdict, cause, vcpus, disks, silentMs, bytesMeanwhile, host, qemu }: Diagnosis): string {
  const lines = [
    `${error}: ${doings[verdict]} (${cause})`,
    `QEMU ${qemu}; console silent for ${formatDuration(silentMs)}, ${bytesMeanwhile} bytes meanwhile`,
    ...vcpus.map(vcpuLine),
    ...(disks === null ? [] : [`disks: ${disks.reads} reads, ${disks.writes} writes, ${disks.flushes} flushes`]),
    `host: kept ${percent(host.lost)} of ${formatDuration(host.spanMs)} from the guest (waiting for a CPU ${percent(host.waited)}, stopped ${percent(host.stopped)}, ` +
      `stolen ${percent(host.stolen)}, waiting for memory ${percent(host.memory)})`,
  ];
  return lines.join('\n');
}

/** Each place once, the most frequent first. */
function vcpuLine({ index, busy, ran, places }: Diagnosis['vcpus'][number]): string {
  const counts = new Map<string, number>();
  for (const { pc, privilege, symbol } of places) {
    const name = [privilege, symbol === undefined ? pc : `${symbol} (${pc})`].filter(Boolean).join(' ');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const seen = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} × ${count}`);
  return `vCPU ${index}: wanted ${percent(busy)}, had ${percent(ran)} of a host CPU; at ${seen.join(', ') || 'unknown addresses'}`;
}

function backtraceText({ isAnswered, text }: RunEventOf<'backtraces'>): string {
  if (!isAnswered) return 'Asked by SysRq for the backtraces of its CPUs, the kernel did not answer: it takes no interrupts.';
  return `The kernel’s own backtraces, asked for by SysRq:\n${text}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
