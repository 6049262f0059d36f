import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadProfile } from '../kernel/load-profile.ts';
import { provideArtifact } from '../src/harness/provide.ts';
import { defineKernelProfile, type KernelProfileInput, profileSchema } from '../src/model/profile.ts';
import { mutants } from '../src/mutants/index.ts';
import { a0, a1, type Check, type Phase, phases } from '../src/phases/index.ts';
import { runCheck } from '../src/phases/run-check.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = (name: string) => readFile(join(root, name), 'utf8');

/** Examples lie inside the package while they are tried, so that `bringup` resolves to it. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(root, 'reports', 'docs-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes the page's fenced blocks of the languages to files and gives their paths, in order. */
async function exampleFiles(name: string, ...languages: readonly string[]): Promise<string[]> {
  const blocks = (await page(name)).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  const wanted = [...blocks].filter(([, language]) => languages.includes(language as string));
  return Promise.all(
    wanted.map(async ([, language, text], index) => {
      const file = join(folder, `${basename(name, '.md')}-${index}.${language}`);
      await writeFile(file, text as string);
      return file;
    }),
  );
}

/** Cells of the page's table rows whose first cell is in backquotes. */
function codeRows(text: string): string[][] {
  const rows = [...text.matchAll(/^\| (`.*) \|$/gm)].map((match) => (match[1] as string).split(/(?<!\\)\|/));
  return rows.map((cells) => cells.map((cell) => cell.replaceAll('\\|', '|').trim()));
}

const inCode = (text: string) => /^`(.*)`$/.exec(text)?.[1];

async function outcomeOn(profileFile: string | undefined, check: Check | undefined) {
  const reference = await loadProfile('linux-arm64');
  const profile = profileFile === undefined ? reference : await loadProfile(profileFile);
  const { path } = await provideArtifact(reference.kernel, 'kernel');
  return runCheck(check as Check, {
    profile: { ...profile, bootMarkers: [] },
    overrides: { kernel: path },
    record: () => {},
    consoleLogPath: join(folder, 'console.log'),
    machineId: 'machine',
  });
}

describe('docs/phases.md', () => {
  test('its tables are the phases’ checks', async () => {
    const shown = codeRows(await page('docs/phases.md')).filter(([id]) => phases.some((phase) => id?.startsWith(`\`${phase.id}.`)));
    expect(shown).toEqual(phases.flatMap(({ checks }) => checks.map(rowOf)));
  });

  test('its example is a phase whose checks pass on the reference kernel', async () => {
    const [file] = await exampleFiles('docs/phases.md', 'ts');
    const { x0 } = (await import(/* @vite-ignore */ file as string)) as { x0: Phase };
    expect(x0.checks).toHaveLength(2);
    const results = await Promise.all(x0.checks.map((check) => outcomeOn(undefined, check)));
    expect(results).toMatchObject([{ outcome: 'PASS' }, { outcome: 'PASS' }]);
  });
});

function programsOf(init: { probe: string } | { programs?: readonly string[] }): readonly string[] {
  return 'probe' in init ? [init.probe] : (init.programs ?? []);
}

/** A check as its table shows it: id, title, and what its guest needs besides. */
function rowOf({ id, title, guest }: Check): string[] {
  const programs = programsOf(guest.init === 'shell' ? guest : guest.init);
  const needs = [
    ...programs.map((name) => `[${name}](../initramfs/probes/${name}.c)`),
    guest.cpu,
    guest.gicVersion && `GICv${guest.gicVersion}`,
    guest.memoryMiB && `${guest.memoryMiB} MiB`,
    guest.virtualTime && 'virtual time',
    guest.vcpus && `${guest.vcpus} vCPU${guest.vcpus === 1 ? '' : 's'}`,
    guest.gdbstub && 'gdbstub',
    guest.disks && `${guest.disks.length} disk${guest.disks.length === 1 ? '' : 's'}`,
  ];
  return [`\`${id}\``, title, needs.filter(Boolean).join(', ')];
}

describe('docs/profiles.md', () => {
  test('each example is a profile', async () => {
    const files = await exampleFiles('docs/profiles.md', 'json', 'ts');
    const profiles = await Promise.all(files.map((file) => loadProfile(file)));
    expect(profiles.map(({ id }) => id)).toEqual(['my-kernel', 'my-kernel-a1', 'my-linux', 'linux-arm64-smp']);
    expect(profiles[2]?.timeouts).toMatchObject({ bootMs: 90_000, commandMs: 30_000 });
    expect(profiles[3]?.machine).toMatchObject({ type: 'virt,gic-version=3', cpu: 'cortex-a76' });
  });

  test('its profiles for A0 and A1 boot', async () => {
    const [forA0, forA1] = await exampleFiles('docs/profiles.md', 'json', 'ts').then((files) => [files[0], files[1]]);
    const results = await Promise.all([
      outcomeOn(
        forA0,
        a0.checks.find(({ id }) => id === 'a0.init.getpid'),
      ),
      outcomeOn(
        forA1,
        a1.checks.find(({ id }) => id === 'a1.echo.hi'),
      ),
    ]);
    expect(results).toMatchObject([{ outcome: 'PASS' }, { outcome: 'PASS' }]);
  });

  test('its table has each field of the schema, in its order, with its default', async () => {
    const shown = codeRows(await page('docs/profiles.md')).map(([field, , byDefault]) => [inCode(field as string), byDefault]);
    expect(shown).toEqual(fieldsOf(z.toJSONSchema(profileSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema));
  });

  test('each example of its table is taken', async () => {
    const rows = codeRows(await page('docs/profiles.md')).filter(([, , , example]) => example !== '');
    for (const [field, , , example] of rows) {
      const path = (inCode(field as string) as string).split('.');
      const value: unknown = JSON.parse(inCode(example as string) as string);
      expect(() => defineKernelProfile(withField(path, value)), `${path.join('.')}: ${example}`).not.toThrow();
      expect(() => defineKernelProfile(withField(path, null)), `${path.join('.')}: null`).toThrow();
    }
    expect(rows.length).toBeGreaterThan(20);
  });
});

const minimal = {
  id: 'minimal',
  title: 'What the schema asks for',
  arch: 'aarch64',
  kernel: 'Image',
  cmdline: [],
  machine: { type: 'virt', cpu: 'max' },
  memoryMiB: 256,
  vcpus: 1,
  prompt: '# $',
  shellDialect: 'none',
} as const;

function withField([first, second]: readonly string[], value: unknown): KernelProfileInput {
  const profile: Record<string, unknown> = structuredClone(minimal);
  if (second === undefined) profile[first as string] = value;
  else profile[first as string] = { ...(profile[first as string] as object), [second]: value };
  return profile as KernelProfileInput;
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
}

/** Dotted names of a schema's fields, each with what the table's third column says of it. */
function fieldsOf(schema: JsonSchema, prefix = '', defaults: unknown = defineKernelProfile(structuredClone(minimal) as never)): string[][] {
  const variants = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const rows = variants.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, field]) => {
      const path = `${prefix}${name}`;
      const value = (defaults as Record<string, unknown> | undefined)?.[name];
      if (field.properties) return fieldsOf(field, `${path}.`, value);
      const byDefault = required.includes(name) ? 'required' : value === undefined ? 'none' : `\`${JSON.stringify(value)}\``;
      return [[path, byDefault], ...fieldsOf(field, `${path}.`, undefined), ...fieldsOf(field.items ?? {}, `${path}[].`, undefined)];
    }),
  );
  return [...new Map(rows.map((row) => [row[0], row])).values()] as string[][];
}

test('docs/mutants.md lists each mutant, its fault and the check that must catch it', async () => {
  const shown = codeRows(await page('docs/mutants.md')).filter(([id]) => mutants.some(({ phase }) => id?.startsWith(`\`${phase}-`)));
  expect(shown).toEqual(mutants.map(({ id, fault, caughtBy }) => [`\`${id}\``, fault, `\`${caughtBy}\``]));
});

test('docs/benchmarks.md has each metric of bench/, and no other', async () => {
  const files = await readdir(join(root, 'bench'));
  const sources = await Promise.all(files.map((name) => page(`bench/${name}`)));
  const named = sources.flatMap((source) => [...source.matchAll(/'([a-z]+_[a-z0-9_]+)'/g)].map((match) => match[1] as string));
  // Other words with underscores are QMP's and the guests'.
  const measured = named.filter((name) => files.includes(`${name.split('_')[0]}.ts`));
  const shown = codeRows(await page('docs/benchmarks.md')).map(([name]) => inCode(name as string) ?? '');
  expect(shown.filter((name) => name.includes('_')).sort()).toEqual([...new Set(measured)].sort());
});

describe('links', () => {
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
  const headings = async (name: string) => [...(await page(name)).matchAll(/^#+ (.*)$/gm)].map((match) => slug(match[1] as string));
  const pages = async () =>
    (await readdir(join(root, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);

  test('each relative link leads to a file, and to a heading where it names one', async () => {
    const broken: string[] = [];
    for (const name of ['README.md', 'CONTRIBUTING.md', ...(await pages())]) {
      const text = (await page(name)).replaceAll(/^```[\s\S]*?^```$/gm, '');
      for (const [, target = '', anchor] of text.matchAll(/\]\((?!\w+:)([^)#]*)(?:#([^)]*))?\)/g)) {
        const path = target === '' ? name : normalize(join(dirname(name), target));
        const found = path.endsWith('.md') ? await headings(path).catch(() => undefined) : await readdir(join(root, dirname(path)));
        const leads = path.endsWith('.md') ? found !== undefined : found?.includes(basename(path));
        if (!leads || (anchor !== undefined && !found?.includes(anchor))) broken.push(`${name}: ${target}${anchor ? `#${anchor}` : ''}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('docs/README.md lists every page', async () => {
    const index = await page('docs/README.md');
    const missing = (await pages())
      .map((name) => name.slice('docs/'.length))
      .filter((name) => name !== 'README.md' && !index.includes(`](${name})`));
    expect(missing).toEqual([]);
  });
});
