import { execa } from 'execa';
import { expect, test } from 'vitest';
import { renderJunit } from './junit.ts';
import { buildRunModel } from './run-model.ts';
import { everyOutcome } from './testing/sample-checks.ts';
import { sampleRun } from './testing/sample-run.ts';

interface Element {
  tag: string;
  attributes: Record<string, string>;
  text: string;
  children: Element[];
}

// A real consumer's parser (expat, as in CI servers' Python tools), which refuses whatever is not well-formed.
const toJson = `
import json, sys, xml.etree.ElementTree as tree
def plain(e): return {"tag": e.tag, "attributes": e.attrib, "text": e.text or "", "children": [plain(c) for c in e]}
json.dump(plain(tree.fromstring(sys.stdin.buffer.read())), sys.stdout)
`;

async function parse(xml: string): Promise<Element> {
  const { stdout } = await execa('python3', ['-c', toJson], { input: xml });
  return JSON.parse(stdout);
}

const children = (element: Element, tag: string) => element.children.filter((child) => child.tag === tag);
const properties = (element: Element) =>
  Object.fromEntries(
    children(element, 'properties').flatMap((list) => list.children.map(({ attributes }) => [attributes.name, attributes.value])),
  );

async function junitOf(...parameters: Parameters<typeof sampleRun>) {
  const root = await parse(renderJunit(buildRunModel(sampleRun(...parameters))));
  const cases = new Map(
    children(root, 'testsuite')
      .flatMap((suite) => children(suite, 'testcase'))
      .map((one) => [one.attributes.name, one]),
  );
  return { root, cases, one: (id: string) => cases.get(id) as Element };
}

test('counts, times and stamps stand on the root and on each phase', async () => {
  const { root } = await junitOf(everyOutcome);
  expect(root.tag).toBe('testsuites');
  expect(root.attributes).toMatchObject({
    name: 'bringup linux-arm64',
    tests: '17',
    failures: '6',
    errors: '4',
    skipped: '2',
    timestamp: '2026-01-02T03:04:05',
  });
  expect(Number(root.attributes.time)).toBeGreaterThan(0);
  expect(
    children(root, 'testsuite').map(({ attributes }) => [attributes.name, attributes.tests, attributes.failures, attributes.errors]),
  ).toEqual([
    ['a0', '5', '2', '2'],
    ['a1', '12', '4', '2'],
  ]);
});

test('each case has exactly the result its outcome asks for, typed by cause', async () => {
  const { cases, one } = await junitOf(everyOutcome);
  const results = ['failure', 'error', 'skipped'];
  for (const check of everyOutcome) {
    const found = one(check.id)
      .children.filter(({ tag }) => results.includes(tag))
      .map(({ tag }) => tag);
    const expected = { FAIL: ['failure'], ERROR: ['error'], MISS: ['error'], SKIP: ['skipped'], PASS: [], DONE: [] }[
      check.outcome ?? 'PASS'
    ];
    expect([check.id, found]).toEqual([check.id, expected]);
  }
  expect(cases.size).toBe(everyOutcome.length);
  const failure = children(one('a0.fault.null-jump'), 'failure')[0];
  expect(failure?.attributes.type).toBe('guest-crash');
  expect(failure?.text).toContain('What to do: read the oops');
  expect(failure?.text).toContain('Internal error: Oops');
  expect(children(one('a0.idle.wfi'), 'error')[0]?.attributes.type).toBe('host-overload');
  expect(children(one('a1.vi.screen'), 'skipped')[0]?.attributes.message).toBe('the profile has no full-screen programs');
  expect(children(one('a1.wx.denied'), 'skipped')[0]?.attributes.message).toContain('SELinux');
});

test('a failure’s text: cause in words, message, evidence, what to do, what runs it again', async () => {
  const { one } = await junitOf(everyOutcome);
  const crash = children(one('a0.fault.null-jump'), 'failure')[0]?.text ?? '';
  const parts = [
    'guest-crash: The kernel crashed',
    'expected the program to end',
    'in do_exit ← do_group_exit',
    'Title and functions may be wrong',
    'Internal error: Oops',
    'What to do:',
    "Run it again: bringup run a0 --grep '^a0\\.fault\\.null-jump '",
  ];
  const places = parts.map((part) => crash.indexOf(part));
  expect(places[0]).toBe(0);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  const hang = children(one('a0.memory.64-mib'), 'failure')[0]?.text ?? '';
  expect(hang).toContain('vCPU 0: wanted 99 %');
  expect(hang).toContain('Show backtrace of all active CPUs');
  expect(children(one('a0.idle.wfi'), 'error')[0]?.text).toContain('No verdict on the kernel.');
});

test('children come in the order that the schemas of Jenkins and Surefire ask for', async () => {
  const { one } = await junitOf(everyOutcome);
  expect(one('a1.exit.42').children.map(({ tag }) => tag)).toEqual(['properties', 'failure', 'system-out']);
});

test('tries before the last are marked, and the final result is there once', async () => {
  const { one } = await junitOf(everyOutcome);
  const flaky = one('a1.sleep.one-second');
  expect(properties(flaky)).toMatchObject({ flaky: 'true', 'try.1': expect.stringContaining('host-overload'), 'try.2': 'PASS' });
  expect(flaky.children.map(({ tag }) => tag)).toEqual(['properties', 'system-out']);
});

test('the environment stands in the properties', async () => {
  const { root } = await junitOf(everyOutcome);
  expect(properties(children(root, 'testsuite')[0] as Element)).toMatchObject({
    kernel: expect.stringMatching(/^linux-image-6\.1\.0-32-cloud-arm64 6\.1\.129-1 sha256:a{64}$/),
    'version.qemu': '7.2.15',
    profile: 'linux-arm64',
  });
});

test('hostile bytes in consoles, titles and messages leave the file well-formed and the text readable', async () => {
  const { one } = await junitOf(everyOutcome);
  const output = children(one('a1.hostile.console'), 'system-out')[0]?.text ?? '';
  expect(output).toContain(']]> ]]>');
  expect(output).toContain('</script><script>window.hacked = 1</script>');
  expect(output).toContain('café 😀');
  expect(output).toContain('and still visible');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(output).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/);
  expect(children(one('a1.hostile.console'), 'failure')[0]?.text).toContain(']]> and ]]>');
});

test('every byte value and 5 MB of console: well-formed, and bounded with the end kept', async () => {
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const boot = Buffer.concat([...Array(5 * 4096).fill(everyByte), Buffer.from('\nthe end')]);
  const xml = renderJunit(buildRunModel(sampleRun([{ id: 'a1.big.console', boot, outcome: 'FAIL' }])));
  expect(xml.length).toBeLessThan(400_000);
  const root = await parse(xml);
  expect(JSON.stringify(root)).toContain('the end');
});

test('an interrupted run and its open checks are errors', async () => {
  const { root, one } = await junitOf([{ id: 'a0.one' }, { id: 'a1.two', interrupted: true }], { finish: false });
  expect(children(one('a1.two'), 'error')[0]?.attributes).toMatchObject({
    type: 'harness-fault',
    message: expect.stringContaining('interrupted'),
  });
  expect(root.attributes.errors).toBe('2');
});

test('a run without checks is valid and has its phases', async () => {
  const { root } = await junitOf([]);
  expect(children(root, 'testsuite').map(({ attributes }) => [attributes.name, attributes.tests])).toEqual([
    ['a0', '0'],
    ['a1', '0'],
  ]);
});
