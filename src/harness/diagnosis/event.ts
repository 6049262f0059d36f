import type { Symbols } from '../../parsers/symbols.ts';
import type { HarnessEvent } from '../harness-event.ts';
import type { Evidence } from './decide.ts';
import type { DiagnosedError } from './diagnosed-error.ts';
import type { GuestActivity, VcpuActivity } from './guest-activity.ts';
import { hexadecimal, nameOf } from './wording.ts';

type DiagnosisEvent = Extract<HarnessEvent, { type: 'diagnosis' }>;

/** What was seen of a guest whose wait ran out, for the record. */
export function diagnosisEvent(machine: string, { code, verdict, failureCause }: DiagnosedError, evidence: Evidence): DiagnosisEvent {
  const { activity, console, host, symbols } = evidence;
  return {
    type: 'diagnosis',
    machine,
    error: code,
    verdict,
    cause: failureCause,
    qemu: stateOf(activity),
    vcpus: activity.qmp === 'answers' ? activity.vcpus.map((vcpu) => vcpuOf(vcpu, symbols)) : [],
    disks: activity.qmp === 'answers' ? activity.disks : null,
    observedMs: activity.qmp === 'answers' ? activity.observedMs : 0,
    silentMs: console.silentMs,
    bytesMeanwhile: console.bytesMeanwhile,
    host,
  };
}

function stateOf(activity: GuestActivity): string {
  if (activity.qmp === 'answers') return activity.status;
  return activity.isStopped ? 'stopped' : 'silent';
}

function vcpuOf({ index, busy, ran, places, isMoving }: VcpuActivity, symbols: Symbols | undefined): DiagnosisEvent['vcpus'][number] {
  return {
    index,
    busy,
    ran,
    isMoving,
    places: places.map(({ pc, privilege }) => {
      const symbol = nameOf(pc, symbols);
      return { pc: hexadecimal(pc), ...(privilege && { privilege }), ...(symbol !== undefined && { symbol }) };
    }),
  };
}
