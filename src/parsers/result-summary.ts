import type { Position, ResultSummaryBody } from './events.ts';
import type { Line } from './lines.ts';

const oneLine = /^Self-check complete: (\d{1,9})\/(\d{1,9}) tests? passed/;
const named = /^\s{0,16}(\w{1,40}) Summary: (\d{1,9}) passed, (\d{1,9}) failed, (\d{1,9}) skipped\s{0,16}$/;
const blockStart = /^\s{0,16}Test Summary:\s{0,16}$/;
const blockRow = /^\s{0,16}(Passed|Failed|Skipped|Total):\s{0,16}(\d{1,9})\b/;

/** Reads a count of results that stands on one line. */
export function parseResultSummary(text: string): ResultSummaryBody | undefined {
  const short = oneLine.exec(text);
  if (short !== null) {
    const [passed, total] = [Number(short[1]), Number(short[2])];
    return passed > total ? undefined : { type: 'result-summary', passed, failed: total - passed, skipped: 0, total };
  }
  const counts = named.exec(text);
  if (counts === null) return undefined;
  const [passed, failed, skipped] = [Number(counts[2]), Number(counts[3]), Number(counts[4])];
  return { type: 'result-summary', name: counts[1] as string, passed, failed, skipped, total: passed + failed + skipped };
}

/** Gathers a `Test Summary:` block, which ends with its `Total:` row; a block without one is no summary. */
export class TestSummaryBlock {
  #start: Position | undefined;
  #counts: Record<string, number> = {};

  line({ text, line, byteOffset }: Line): (ResultSummaryBody & Position) | undefined {
    if (blockStart.test(text)) {
      this.#start = { line, byteOffset };
      this.#counts = {};
      return undefined;
    }
    if (this.#start === undefined) return undefined;
    const row = blockRow.exec(text);
    if (row !== null) this.#counts[row[1] as string] = Number(row[2]);
    if (row?.[1] !== 'Total') {
      // A rule of dashes or an empty line belongs to the block's dress.
      if (row === null && /\w/.test(text)) this.#start = undefined;
      return undefined;
    }
    const { Passed: passed = 0, Failed: failed = 0, Skipped: skipped = 0, Total: total = 0 } = this.#counts;
    const summary = { type: 'result-summary', ...this.#start, passed, failed, skipped, total } as const;
    this.#start = undefined;
    return summary;
  }
}
