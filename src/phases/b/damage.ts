import { partitionedImage } from '../../artifacts/index.ts';
import type { DiskOptions } from '../../harness/devices/disk.ts';
import { type CheckDraft, check } from '../define.ts';
import { assertAllPassed } from '../probe-report.ts';
import { runProgram } from '../program-check.ts';
import { assertNothingLeaked, measureUsage } from '../usage.ts';
import { ext2 } from './volumes.ts';

/** How many damaged images and tables are tried. The first one's seed is 1; a soak's next round goes on with the next seed. */
const count = 50;
/** So many of them once more, to see whether anything is left behind. */
const againCount = 20;

const soundFiles = {
  '/folder/file': 'sound\n',
  '/large': Buffer.alloc(400_000, 'large '),
  '/link': { symlink: 'folder/file' },
  ...Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`/many/${index}`, `number ${index}\n`])),
};
const sound: DiskOptions = { image: ext2({ sizeMiB: 2, blockSize: 1024, files: soundFiles }) };
const table = (kind: 'mbr' | 'gpt'): DiskOptions => ({
  image: partitionedImage({ table: kind, partitions: [{ sizeMiB: 1 }, { sizeMiB: 1 }, { sizeMiB: 1 }] }),
});

/** What is damaged does the kernel no harm: one machine tries all of it, each time from a seed that its log names. */
export const damageChecks = [
  damageCheck({
    id: 'b.damage.images',
    title: `wrong magic, unknown features, an image cut off, and ${count} images damaged at random: refused or mounted, and the kernel lives`,
    probe: 'b-damage',
    disks: [sound, { sizeMiB: 2 }, { sizeMiB: 1 }],
    results: [
      ...['image', 'image-magic', 'sound-mounts', 'sound-holds', 'wrong-magic', 'unknown-incompatible', 'unknown-incompatible-read-only'],
      ...['unknown-for-writing', 'unknown-for-writing-read-only', 'half', 'truncated', 'tried', 'unmounted'],
      ...['sound-again-mounts', 'sound-again-holds'],
    ],
  }),
  damageCheck({
    id: 'b.damage.partition-tables',
    title: `${count} partition tables damaged at random: the kernel finds partitions or none, and lives`,
    probe: 'b-tables',
    disks: [table('gpt'), table('mbr'), { sizeMiB: 8 }],
    results: ['asked', 'gpt', 'gpt-again', 'mbr', 'mbr-again'],
  }),
];

interface DamageCheck {
  readonly id: string;
  readonly title: string;
  readonly probe: string;
  readonly disks: readonly DiskOptions[];
  readonly results: readonly string[];
}

function damageCheck({ id, title, probe, disks, results }: DamageCheck): CheckDraft {
  const timeoutMs = 60_000 + count * 6_000;
  const guest = { init: 'shell' as const, programs: [probe], disks };
  return check(id, title, { guest, budgetMs: timeoutMs + 60_000, expects: ['filesystem-error', 'io-error'] }, async (context) => {
    const ids = results.map((result) => `${probe.replace('-', '.')}.${result}`);
    const firstSeed = 1 + context.iteration * count;
    assertAllPassed(await runProgram(context, probe, { args: [firstSeed, count], timeoutMs }), ids);
    // What failed half-way must have given back what it had.
    const before = await measureUsage(context);
    assertAllPassed(await runProgram(context, probe, { args: [firstSeed, againCount], timeoutMs }), ids);
    for (const [name, value] of Object.entries(await assertNothingLeaked(before, context))) context.metric(name, value);
  });
}
