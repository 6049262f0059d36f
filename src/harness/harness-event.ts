import type { RunEventBody } from '../model/run-event.ts';

type HarnessEventType = 'machine.started' | 'boot.marker' | 'step' | 'crash' | 'diagnosis' | 'backtraces' | 'machine.exited' | 'console';

type WithoutCheck<T> = T extends unknown ? Omit<T, 'check'> : never;

/** What the harness has to say to the record; whoever runs the check adds its id. */
export type HarnessEvent = WithoutCheck<Extract<RunEventBody, { type: HarnessEventType }>>;

/** Takes events as they happen. Must not throw. */
export type Observer = (event: HarnessEvent) => void;

/** What a machine was started with: `machine.started` without its name. */
export type MachineStart = Omit<Extract<HarnessEvent, { type: 'machine.started' }>, 'type' | 'machine'>;
