/** What the outside can see of a guest that keeps us waiting. */
export type GuestActivity =
  | {
      readonly qmp: 'silent';
      /** Whether QEMU's process was stopped by a signal, all of the time. */
      readonly isStopped: boolean;
    }
  | {
      readonly qmp: 'answers';
      /** QEMU's run state (qapi/run-state.json), `running` mostly. */
      readonly status: string;
      /** For how long it was observed. */
      readonly observedMs: number;
      readonly vcpus: readonly VcpuActivity[];
      /** Requests that its disks served meanwhile. */
      readonly disks: DiskActivity;
    };

export interface VcpuActivity {
  readonly index: number;
  /** Share of the time in which the vCPU's host thread ran or waited for a host CPU, 0 to 1. */
  readonly busy: number;
  /** Share in which it ran, 0 to 1. */
  readonly ran: number;
  /** Where it was, each time it was looked at; empty where QEMU does not tell. */
  readonly places: readonly Place[];
  /** Whether any of its registers changed. */
  readonly isMoving: boolean;
}

export interface Place {
  readonly pc: bigint;
  /** Undefined where it can't be told. */
  readonly privilege: 'user' | 'kernel' | undefined;
}

export interface DiskActivity {
  readonly reads: number;
  readonly writes: number;
  readonly flushes: number;
}
