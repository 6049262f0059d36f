import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DebianArch } from '../../src/artifacts/apt.ts';
import { debianCloudKernel } from '../../src/artifacts/index.ts';
import type { CorpusCase } from './case.ts';
import { bootCleanCases, bootCrashCases } from './cases-boot.ts';
import { cleanCases } from './cases-clean.ts';
import { maxCases, noTimeCases, plainCases, slubCases, smpCases, x86Cases } from './cases-crash.ts';
import { makeDisks } from './disks.ts';
import { type CorpusKernel, type CorpusMachine, corpusMachine, x86Profile } from './machines.ts';
import { eachOf, recordBoot, recordForks } from './record.ts';

/*
 * Records the corpus's consoles: `node --conditions=bringup-source test/corpus/make.ts --kernels DIR --raw RAW [--only GROUP] [--cases RE]`.
 * DIR is what build.ts made; store.ts puts what is in RAW into the corpus.
 */
const { values } = parseArgs({
  options: { only: { type: 'string' }, cases: { type: 'string' }, kernels: { type: 'string' }, raw: { type: 'string' } },
});
const { kernels = 'corpus-kernels', raw = 'corpus-raw' } = values;

async function debian(arch: DebianArch = 'arm64'): Promise<CorpusKernel> {
  const { path, name, version } = await debianCloudKernel({ arch })();
  return { image: path, module: join(kernels, `crash-${arch}.ko`), name: `${name} ${version}` };
}

const groups: Readonly<Record<string, { make: () => Promise<CorpusMachine>; cases: readonly CorpusCase[]; kind?: 'clean' }>> = {
  plain: { make: async () => corpusMachine('plain', await debian()), cases: plainCases },
  smp: { make: async () => corpusMachine('smp', await debian(), { vcpus: 4 }), cases: smpCases },
  slub: { make: async () => corpusMachine('slub', await debian(), { append: ['slub_debug=FZPU'] }), cases: slubCases },
  'no-time': { make: async () => corpusMachine('no-time', await debian(), { append: ['printk.time=0'] }), cases: noTimeCases },
  max: { make: async () => corpusMachine('max', await debian(), { cpu: 'max' }), cases: maxCases },
  x86: {
    make: async () =>
      corpusMachine('x86', await debian('amd64'), {
        base: await x86Profile(join(kernels, 'busybox-x86_64'), join(kernels, 'crash-amd64.ko')),
      }),
    cases: x86Cases,
  },
  clean: { make: async () => corpusMachine('clean', await debian(), { vcpus: 4 }), cases: cleanCases, kind: 'clean' },
};

const done = async (group: string, one: CorpusCase, kind: string, kernel: string) => {
  const how = [...(one.append ?? []), ...(one.type ?? [])].map((each) => each.replaceAll(/\s+/g, ' ')).join('; ') || 'booting';
  await writeFile(join(raw, group, `${one.name}.made`), `${kind}\nreal ${kernel} by ${how} (machine ${group})\n`);
  process.stdout.write(`${group}/${one.name}\n`);
};

const isWanted = ({ name }: CorpusCase) => values.cases === undefined || new RegExp(values.cases).test(name);

for (const [id, { make, cases, kind = 'crashes' }] of Object.entries(groups)) {
  if (values.only !== undefined && values.only !== id) continue;
  const machine = await make();
  await recordForks(machine.profile, machine.setUp, cases.filter(isWanted), join(raw, id), (one) => done(id, one, kind, machine.kernel));
}

for (const [kind, cases] of [
  ['crashes', bootCrashCases],
  ['clean', bootCleanCases],
] as const) {
  const id = `boot-${kind}`;
  if (values.only !== undefined && values.only !== id) continue;
  const disks = join(raw, 'disks');
  await makeDisks(disks);
  const { profile, kernel } = await corpusMachine('boot', await debian());
  await eachOf(cases.filter(isWanted), async (one) => {
    await recordBoot(profile, one, join(raw, id), disks);
    await done(id, one, kind, kernel);
  });
}
