import junitReportBuilder, { type Builder, type TestCase, type TestSuite } from 'junit-report-builder';
import { explanationOf } from './causes.ts';
import { consoleText } from './console-text.ts';
import { evidenceOf } from './evidence.ts';
import { commandFor } from './reproduce.ts';
import type { CheckModel, MetricModel, PhaseModel, RunModel } from './run-model.ts';
import { stripXmlIllegal, takeEnd, takeStart } from './text.ts';

/** Console kept for one check, in UTF-16 units: Jenkins and GitLab load the whole file at once. */
const maxConsoleUnits = 65_536;

/**
 * The run as JUnit XML: a suite a phase, a case a check. FAIL is a `failure`, ERROR and MISS are an `error` (its type is the cause),
 * SKIP is `skipped` with the reason; never more than one of them (Jenkins keeps one). Each check is there once, with its final result;
 * earlier tries are properties.
 */
export function renderJunit(model: RunModel): string {
  // Its types describe an ES module; what Node loads is CommonJS, whose default is the builder.
  const builder = (junitReportBuilder as unknown as Builder).newBuilder().name(clean(`bringup ${model.profile.id}`));
  // The builder has no methods for these two of the root's attributes.
  // biome-ignore lint/complexity/useLiteralKeys: only so are private members reached
  builder['_rootTestSuites'].time(seconds(model.durationMs)).timestamp(timestamp(model));
  for (const phase of model.phases) addSuite(builder.testSuite(), phase, model);
  if (model.errors.length > 0) addRunErrors(builder.testSuite(), model);
  return builder.build();
}

function addSuite(suite: TestSuite, phase: PhaseModel, model: RunModel): void {
  suite.name(clean(phase.id)).time(seconds(phase.durationMs)).timestamp(timestamp(model));
  for (const [name, value] of environment(model)) suite.property(name, clean(value));
  for (const check of phase.checks) addCase(suite.testCase(), check, model);
}

/** What went wrong outside any check must not be lost to readers that see nothing but this file. */
function addRunErrors(suite: TestSuite, model: RunModel): void {
  suite.name('run').time(0).timestamp(timestamp(model));
  for (const [index, { cause, message }] of model.errors.entries()) {
    suite
      .testCase()
      .className('run')
      .name(`error ${index + 1}`)
      .time(0)
      .error(clean(message), cause);
  }
}

function addCase(testCase: TestCase, check: CheckModel, model: RunModel): void {
  testCase.className(clean(check.phase)).name(clean(check.id)).time(seconds(check.durationMs));
  testCase.property('title', clean(check.title));
  if (check.source !== null) testCase.property('source', clean(check.source));
  if (check.deviation !== null) testCase.property('deviation', clean(check.deviation));
  if (check.tries.length > 1) addTries(testCase, check);
  for (const metric of check.tries.at(-1)?.metrics ?? [])
    testCase.property(
      clean(`metric.${metric.name}`),
      clean([metric.value, metric.unit, samplesOf(metric)].filter((part) => part !== undefined).join(' ')),
    );
  const message = clean(check.message ?? '');
  if (check.outcome === 'FAIL') testCase.failure(message, check.cause ?? 'assertion');
  else if (check.outcome === 'ERROR' || check.outcome === 'MISS') testCase.error(message, check.cause ?? check.outcome);
  else if (check.outcome === 'SKIP') testCase.skipped();
  addTexts(testCase, check, model);
}

const samplesOf = ({ samples }: MetricModel): string | undefined => (samples === undefined ? undefined : `(${samples} samples)`);

function addTries(testCase: TestCase, check: CheckModel): void {
  testCase.property('flaky', 'true');
  for (const [index, one] of check.tries.entries()) {
    testCase.property(`try.${index + 1}`, clean([one.outcome, one.cause, one.message].filter((part) => part !== null).join(' · ')));
  }
}

/**
 * Adds what the builder can't write right: the reason of a skip, and long texts. It would write those as CDATA, where of several
 * `]]>` it escapes the first only.
 */
function addTexts(testCase: TestCase, check: CheckModel, model: RunModel): void {
  const build = testCase.build.bind(testCase);
  testCase.build = (parent) => {
    const element = build(parent);
    const result = element.children.at(-1) as typeof element | undefined;
    if (check.outcome === 'SKIP') result?.att('message', clean(check.deviation ?? check.message ?? 'skipped'));
    else if (check.outcome !== 'PASS' && check.outcome !== 'DONE') result?.txt(clean(details(check, model)));
    const output = clean(consoles(check));
    if (output !== '') element.ele('system-out').txt(output);
    return element;
  };
}

/** The cause first, then the evidence, then what to do. */
function details(check: CheckModel, model: RunModel): string {
  const { cause, message, hint, tries } = check;
  const why = explanationOf(check);
  const last = tries.at(-1);
  const command = commandFor(model, check);
  const parts = [
    why === null ? null : `${cause ?? check.outcome}: ${why}`,
    message,
    // The console's end is in system-out.
    ...(last === undefined ? [] : evidenceOf(last).filter(({ kind }) => kind !== 'console')).map(({ title, body }) =>
      `${title}\n${body}`.trimEnd(),
    ),
    hint === null ? null : `What to do: ${hint}`,
    command === null || why === null ? null : `Run it again: ${command}`,
  ];
  return parts.filter((part) => part !== null).join('\n\n');
}

/** The consoles of all tries, one after the other; where they are long, the end of each. */
function consoles({ tries }: CheckModel): string {
  const machines = tries.flatMap((one, index) => one.machines.map((machine) => ({ ...machine, attempt: index + 1 })));
  const withConsole = machines.flatMap(({ id, attempt, console }) => (console === null ? [] : [{ id, attempt, console }]));
  const share = Math.floor(maxConsoleUnits / Math.max(1, withConsole.length));
  const texts = withConsole.map(({ id, attempt, console }) => {
    const head = consoleText(console.head);
    const omitted = console.omittedBytes > 0 ? `\n[${console.omittedBytes} bytes left out]\n` : '';
    const text = head + omitted + consoleText(console.tail);
    const title = withConsole.length > 1 ? `--- try ${attempt}, machine ${id} ---\n` : '';
    return title + (text.length > share ? `[start left out]\n${takeEnd(text, share)}` : text);
  });
  return texts.join('\n');
}

function environment({ profile, versions, artifacts, host, runId }: RunModel): [string, string][] {
  return [
    ['run', runId],
    ['profile', profile.id],
    ['machine', `${profile.arch} ${profile.machineType} ${profile.cpu}, ${profile.vcpus} vCPU, ${profile.memoryMiB} MiB`],
    ['cmdline', profile.cmdline.join(' ')],
    ['host', `${host.os}, ${host.arch}, ${host.cpus} CPUs, ${host.memoryMiB} MiB, times × ${host.slowness ?? 1}`],
    ...Object.entries(versions).map(([program, version]): [string, string] => [`version.${program}`, version]),
    ...artifacts.map((artifact): [string, string] => [
      artifact.role,
      [artifact.name, artifact.version, `sha256:${artifact.sha256}`].filter(Boolean).join(' '),
    ]),
  ];
}

/** JUnit's schema has time stamps without a zone; they are UTC. */
function timestamp(model: RunModel): string {
  return new Date(model.startedAt).toISOString().slice(0, 19);
}

function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(3));
}

function clean(text: string): string {
  return stripXmlIllegal(takeStart(text, maxConsoleUnits * 2));
}
