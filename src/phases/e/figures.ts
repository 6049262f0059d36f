import assert from 'node:assert/strict';
import { type CheckDraft, check } from '../define.ts';
import { figuresGuest, readFigures, readFiguresFile } from '../figures.ts';
import { recordFigures } from '../probe-report.ts';

/** How much slower than its baseline a kernel may be before this is a failure: smaller changes are `bringup perf`'s. */
const slowest = 2;

const figuresCheck = (vcpus: number): CheckDraft =>
  check(
    `e.figures.vcpus-${vcpus}`,
    `system call, signal, context switch, fork, exec, page fault and pipe, in virtual time with ${vcpus} vCPU${vcpus > 1 ? 's' : ''}: recorded, none slower than twice the profile’s baseline`,
    { guest: { ...figuresGuest, vcpus }, budgetMs: 180_000 },
    async (context) => {
      const figures = await readFigures(context);
      recordFigures(figures, context.metric);
      for (const [name, value] of figures) assert.ok(value > 0, `${name} is more than 0; it is ${value}`);
      const { baseline } = context.profile;
      if (baseline === undefined) return;
      const before = (await readFiguresFile(baseline)).figures[vcpus] ?? {};
      assert.notDeepEqual(before, {}, `the baseline has figures of ${vcpus} vCPUs`);
      const slow = Object.entries(before).filter(([name, value]) => (figures.get(name) ?? Number.POSITIVE_INFINITY) > slowest * value);
      assert.deepEqual(
        slow.map(([name, value]) => `${name}: ${figures.get(name)}, baseline ${value}`),
        [],
        `figures that are missing, or more than ${slowest} times their baseline`,
      );
    },
  );

/** How fast the kernel is, by its instructions. */
export const figureChecks = [figuresCheck(1), figuresCheck(4)];
