import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { withoutFolders } from '../harness/host-paths.ts';
import type { Keeping } from '../harness/kept/keeper.ts';
import type { Cause } from '../model/outcome.ts';
import type { RunEvent, RunEventOf } from '../model/run-event.ts';
import { judgeError } from '../phases/verdict.ts';
import { encodeConsole, type RecordWriter, type WritableEventBody } from '../reporters/index.ts';
import { type Evidence, type MachineConsole, writeBundle } from './bundle.ts';
import type { CheckIdentity, CheckOutcome, Target } from './settings.ts';
import { collectCaptures, collectConsole, collectEvents, eventsFile, workName } from './work-files.ts';

type RunErrors = RunEventOf<'run.finished'>['errors'];

export type CheckKeeping = { readonly check: string } & Keeping;

/** Where checks on one guest are recorded. */
export interface RecordPlace {
  readonly writer: RecordWriter;
  /** Folder of the reports, which gets `bundles/`. */
  readonly outDir: string;
}

export interface RecordReporterOptions {
  /** The place for checks on the guest as it is (null), or with the seeded fault. */
  readonly placeOf: (mutant: string | null) => RecordPlace;
  readonly workDir: string;
  /** What the run is to record a result of. */
  readonly targets: readonly Target[];
  /** Told each event as it is recorded. */
  readonly onEvent: (event: RunEvent, mutant: string | null) => void;
}

/** Writes the record of a run from what vitest tells and from what its workers left. */
export class RecordReporter implements Reporter {
  readonly #options: RecordReporterOptions;
  readonly #running = new Map<string, { identity: CheckIdentity; startedAtMs: number }>();
  /** What went wrong outside any check; complete when the run ended. */
  readonly errors: RunErrors = [];
  /** What became of the machines of checks that failed, where failed ones are kept. */
  readonly keepings: CheckKeeping[] = [];

  readonly #seen = new Set<string>();
  readonly #finished = new Set<string>();
  #vitest: Vitest | undefined;
  #isStopped = false;

  constructor(options: RecordReporterOptions) {
    this.#options = options;
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  /** Stops the run, and the record says why. */
  interrupt(why: string): void {
    this.#stop(`the run was interrupted by ${why}`);
  }

  onTestCaseReady(test: TestCase): void {
    const identity = test.meta().bringup;
    // A cancelled run makes vitest report its tests a second time.
    if (identity === undefined || this.#seen.has(test.id)) return;
    this.#seen.add(test.id);
    this.#running.set(test.id, { identity, startedAtMs: performance.now() });
    const { mutant, ...check } = identity;
    this.#record(mutant, { type: 'check.started', ...check, try: 1 });
  }

  onTestCaseResult(test: TestCase): void {
    const running = this.#running.get(test.id);
    if (running === undefined) return;
    this.#running.delete(test.id);
    const { bringupOutcome, bringupKeeping } = test.meta();
    if (bringupKeeping) this.keepings.push({ check: running.identity.check, ...bringupKeeping });
    const durationMs = performance.now() - running.startedAtMs;
    this.#finish(running.identity, bringupOutcome ?? outcomeWithout(test, durationMs));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    for (const { identity, startedAtMs } of this.#running.values()) {
      this.#finish(identity, lost('the process that ran the check died before it ended', performance.now() - startedAtMs));
    }
    this.#running.clear();
    for (const test of modules.flatMap((module) => [...module.children.allTests('pending')])) {
      this.onTestCaseReady(test);
      const running = this.#running.get(test.id);
      if (running) this.#finish(running.identity, lost('the run ended before the check began', 0));
      this.#running.delete(test.id);
    }
    const missing = this.#options.targets.map(workName).filter((name) => !this.#finished.has(name));
    if (missing.length > 0) {
      this.errors.push({
        cause: 'harness-fault',
        message: `no suite that ran has these checks, so they never began: ${missing.join(', ')}`,
      });
    }
    for (const error of unhandled)
      this.errors.push({ cause: isLostWorker(error) ? 'harness-fault' : causeOf(error), message: describe(error) });
    for (const module of modules) {
      for (const error of module.errors()) this.errors.push({ cause: causeOf(error), message: `suite not loaded: ${describe(error)}` });
    }
  }

  #finish(identity: CheckIdentity, outcome: CheckOutcome): void {
    const { workDir, placeOf } = this.#options;
    const { phase, check, title, mutant } = identity;
    const { outDir } = placeOf(mutant);
    if (!this.#isStopped && !existsSync(workDir)) this.#stop('the run’s folder was removed while the run went on');
    const { events, damaged } = collectEvents(eventsFile(workDir, workName(identity)));
    // One line cut in a worker's death explains itself.
    if (damaged > 1) this.errors.push({ cause: 'harness-fault', message: `${damaged} events of ${check} could not be read` });
    for (const { atMs, body } of events) this.#record(mutant, body, atMs);
    const consoles = events.flatMap(({ body }): MachineConsole[] => {
      const bytes = body.type === 'machine.started' ? collectConsole(workDir, workName(identity), body.machine) : undefined;
      return body.type === 'machine.started' && bytes ? [{ machine: body.machine, bytes }] : [];
    });
    const hash = createHash('sha256');
    for (const { machine, bytes } of consoles) {
      hash.update(bytes);
      this.#record(mutant, { type: 'console', check, machine, ...encodeConsole(bytes) });
    }
    const consoleSha256 = consoles.length === 0 ? null : hash.digest('hex');
    const { tries, ...verdict } = outcome.outcome === 'PASS' && events.length === 0 ? eventless(outcome.durationMs) : outcome;
    const needsEvidence = verdict.outcome !== 'PASS' && verdict.outcome !== 'SKIP' && events.length > 0;
    const captures = collectCaptures(workDir, workName(identity));
    const bundle = needsEvidence ? this.#bundle(outDir, { check: identity, verdict, events, consoles, captures }) : null;
    this.#finished.add(workName(identity));
    this.#record(mutant, { type: 'check.finished', phase, check, title, bundle, consoleSha256, ...verdict, tries: [...tries] });
  }

  /** Without its record a run proves nothing: it goes no further. */
  #record(mutant: string | null, body: WritableEventBody, atMs?: number): void {
    let event: RunEvent;
    try {
      event = this.#options.placeOf(mutant).writer.write(body, atMs);
    } catch (error) {
      if (!this.#isStopped) this.#stop(describe(error as Error));
      return;
    }
    this.#options.onEvent(event, mutant);
  }

  /** Stops the run: checks that are running end as MISS, no other one starts. */
  #stop(message: string): void {
    this.#isStopped = true;
    this.errors.push({ cause: 'harness-fault', message });
    void this.#vitest?.cancelCurrentRun('keyboard-input');
  }

  #bundle(outDir: string, evidence: Evidence): string | null {
    try {
      return writeBundle(outDir, evidence);
    } catch (error) {
      const message = `the bundle of ${evidence.check.check} could not be written: ${withoutFolders((error as Error).message)}`;
      this.errors.push({ cause: 'harness-fault', message });
      return null;
    }
  }
}

/** The outcome of a check whose suite did not get to say: vitest's own time-out, a failing hook, a dead worker. */
function outcomeWithout(test: TestCase, durationMs: number): CheckOutcome {
  const error = test.result().errors?.[0];
  return lost(
    error === undefined ? 'the run was interrupted before the check ended' : `the check’s harness failed: ${describe(error)}`,
    durationMs,
  );
}

/** A check has a machine, whose start is an event: a check without one passed unseen. */
function eventless(durationMs: number): CheckOutcome {
  return lost('the check passed, but its events are gone: was the run’s folder removed?', durationMs);
}

function lost(message: string, durationMs: number): CheckOutcome {
  const what = { outcome: 'MISS', cause: 'harness-fault', message } as const;
  const hint = 'nothing is known about the kernel here; run the check again, and report it if it stays.';
  return { ...what, hint, deviation: null, durationMs, tries: [{ ...what, durationMs }] };
}

/** Vitest's pool itself reports a worker that was killed. */
function isLostWorker({ message }: SerializedError): boolean {
  return message.startsWith('[vitest-pool]');
}

function causeOf(error: unknown): Cause {
  return judgeError(error).cause ?? 'broken-test';
}

function describe(error: { message?: string; name?: string }): string {
  return judgeError(error).message ?? String(error.message);
}
