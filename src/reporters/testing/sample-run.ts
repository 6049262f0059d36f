import type { Cause, Outcome } from '../../model/outcome.ts';
import { type RunEvent, type RunEventBody, type RunEventOf, recordVersion } from '../../model/run-event.ts';
import { runFinished } from '../complete-record.ts';
import { encodeConsole } from '../console-record.ts';

/** Builds records for tests: events as the harness would write them, times and hashes fixed. */

const hash = (digit: string) => digit.repeat(64);

export const sampleStart: Extract<RunEventBody, { type: 'run.started' }> = {
  type: 'run.started',
  runId: '20260102-030405-a1b2c3',
  startedAt: '2026-01-02T03:04:05.000Z',
  argv: ['bringup', 'run', 'all'],
  phases: ['a0', 'a1'],
  shard: null,
  profile: {
    id: 'linux-arm64',
    title: 'Debian cloud kernel on QEMU virt',
    arch: 'aarch64',
    machineType: 'virt,gic-version=3',
    cpu: 'cortex-a72',
    memoryMiB: 256,
    vcpus: 1,
    cmdline: ['console=ttyAMA0', 'panic=-1'],
  },
  versions: { bringup: '0.1.0', node: '24.1.0', qemu: '7.2.15', vitest: '5.1.1' },
  artifacts: [
    { role: 'kernel', name: 'linux-image-6.1.0-32-cloud-arm64', version: '6.1.129-1', sha256: hash('a') },
    { role: 'initramfs', name: 'bringup-shell.cpio.gz', sha256: hash('b') },
    { role: 'busybox', name: 'busybox', version: '1.35.0', sha256: hash('c') },
  ],
  host: { os: 'Debian GNU/Linux 12 (bookworm)', arch: 'x64', cpus: 2, memoryMiB: 7956, slowness: 1.4 },
};

interface SampleStep {
  readonly title: string;
  /** What the console shows for it; a step of bringup's own has no part of it. */
  readonly console?: string;
  readonly ok?: boolean;
  readonly exitStatus?: number;
  readonly output?: string;
}

type WithoutPlace<T extends RunEventBody['type']> = Omit<Extract<RunEventBody, { type: T }>, 'check' | 'machine'>;

export interface SampleCheck {
  readonly id: string;
  readonly title?: string;
  readonly outcome?: Outcome;
  readonly cause?: Cause | null;
  readonly message?: string | null;
  readonly hint?: string | null;
  readonly deviation?: string | null;
  /** Console before the first step. */
  readonly boot?: string | Uint8Array;
  readonly steps?: readonly SampleStep[];
  /** Console after the last step, with the crash it begins with. */
  readonly crash?: Omit<WithoutPlace<'crash'>, 'type' | 'line' | 'byteOffset'>;
  readonly metrics?: readonly { name: string; value: number; unit?: string }[];
  /** Tries before the one that counts. */
  readonly earlier?: readonly { cause: Cause; message: string }[];
  /** Cut off before its result: the run was interrupted. */
  readonly interrupted?: boolean;
  /** What was found out where a wait ran out, after the crash. */
  readonly findings?: readonly (WithoutPlace<'diagnosis'> | WithoutPlace<'backtraces'>)[];
  /** Whether a machine was booted. @default true */
  readonly booted?: boolean;
}

/** The events of a whole run; with `finish: false`, of one that was killed. */
export function sampleRun(
  checks: readonly SampleCheck[],
  options: { start?: Partial<typeof sampleStart>; errors?: RunEventOf<'run.finished'>['errors']; finish?: boolean } = {},
): RunEvent[] {
  const bodies: RunEventBody[] = [{ ...sampleStart, ...options.start }, ...checks.flatMap(checkEvents)];
  const outcomes = bodies.flatMap((body) => (body.type === 'check.finished' ? [body.outcome] : []));
  if (options.finish !== false) bodies.push(runFinished(outcomes, options.errors ?? [], (bodies.length - 1) * 10));
  return number(bodies);
}

/** Adds what the writer adds: event n happened after n * 10 ms, `run.finished` with the event before it. */
function number(bodies: readonly RunEventBody[]): RunEvent[] {
  return bodies.map((body, seq) => ({
    v: recordVersion,
    seq,
    atMs: (body.type === 'run.finished' ? seq - 1 : seq) * 10,
    ...body,
  })) as RunEvent[];
}

function checkEvents(check: SampleCheck): RunEventBody[] {
  const phase = check.id.split('.')[0] as string;
  const title = check.title ?? `what ${check.id} shows`;
  const earlier = check.earlier ?? [];
  const failed = check.outcome === 'FAIL' || check.outcome === 'ERROR' || check.outcome === 'MISS';
  const message = check.message ?? (failed ? 'expected one thing, got another' : null);
  const result = {
    outcome: check.outcome ?? 'PASS',
    cause: check.cause ?? (failed ? 'assertion' : null),
    message,
    durationMs: 1600,
  } as const;
  const begin = (attempt: number): RunEventBody[] => [
    { type: 'check.started', check: check.id, phase, title, source: `phases.md ${phase.toUpperCase()}`, budgetMs: 60_000, try: attempt },
    ...(check.booted === false ? [] : machineEvents(check, `m${attempt}`)),
  ];
  const tries = [...earlier.map((one) => ({ outcome: 'MISS' as const, durationMs: 900, ...one })), result];
  const bodies = tries.flatMap((_, index) => begin(index + 1));
  if (check.interrupted) return bodies;
  return [
    ...bodies,
    {
      type: 'check.finished',
      check: check.id,
      phase,
      title,
      ...result,
      hint: check.hint ?? null,
      durationMs: tries.reduce((sum, one) => sum + one.durationMs, 0),
      consoleSha256: check.booted === false ? null : hash('d'),
      deviation: check.deviation ?? null,
      bundle: null,
      tries,
    },
  ];
}

const bootLog = [
  '[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]',
  '[    0.000000] Linux version 6.1.0-32-cloud-arm64 (gcc-12 (Debian 12.2.0-14) 12.2.0)',
  '[    0.412345] Run /init as init process',
  '\x1b[1;32mbringup init\x1b[0m: ready',
  '',
].join('\r\n');

function machineEvents(check: SampleCheck, machine: string): RunEventBody[] {
  const own = { check: check.id, machine };
  const profile = sampleStart.profile;
  const boot = typeof check.boot === 'object' ? Buffer.from(check.boot) : Buffer.from(check.boot ?? bootLog);
  const chunks: Buffer[] = [boot];
  const sizeSoFar = () => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const bodies: RunEventBody[] = [
    {
      type: 'machine.started',
      ...own,
      arch: profile.arch,
      vcpus: profile.vcpus,
      memoryMiB: profile.memoryMiB,
      cmdline: profile.cmdline,
      argv: ['qemu-system-aarch64', '-M', 'virt,gic-version=3', '-kernel', 'vmlinuz', '-append', 'console=ttyAMA0 panic=-1'],
      artifacts: sampleStart.artifacts,
    },
    { type: 'boot.marker', ...own, marker: 'linux-version', line: 2, byteOffset: 72, sinceStartMs: 310 },
    { type: 'boot.marker', ...own, marker: 'init', line: 3, byteOffset: 158, sinceStartMs: 720 },
  ];
  for (const step of check.steps ?? []) {
    const fromByte = sizeSoFar();
    chunks.push(Buffer.from(step.console ?? ''));
    const { title, output, exitStatus } = step;
    bodies.push({
      type: 'step',
      check: check.id,
      title,
      ok: step.ok ?? true,
      durationMs: 12,
      ...(exitStatus === undefined ? {} : { exitStatus }),
      ...(output === undefined ? {} : { output }),
      ...(step.console === undefined ? {} : { console: { machine, fromByte, toByte: sizeSoFar() } }),
    });
  }
  for (const metric of check.metrics ?? []) bodies.push({ type: 'metric', check: check.id, ...metric });
  if (check.crash !== undefined) {
    const { text } = check.crash;
    const line = Buffer.concat(chunks).toString('latin1').split('\n').length;
    bodies.push({ type: 'crash', ...own, ...check.crash, line, byteOffset: sizeSoFar() });
    chunks.push(Buffer.from(`${text.replaceAll('\n', '\r\n')}\r\n`));
  }
  for (const finding of check.findings ?? []) bodies.push({ ...finding, ...own });
  if (check.interrupted) return bodies;
  bodies.push({ type: 'machine.exited', ...own, exitCode: 0, signal: null, reason: 'host-qmp-quit', expected: check.crash === undefined });
  bodies.push({ type: 'console', ...own, ...encodeConsole(Buffer.concat(chunks)) });
  return bodies;
}
