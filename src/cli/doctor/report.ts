import { z } from 'zod';

const findingSchema = z.strictObject({
  id: z.string(),
  /** What bringup needs it for, as the end of "needed to ...". */
  why: z.string(),
  /** `warning`: bringup works, but something will be slow, absent or may run out. */
  state: z.enum(['ok', 'missing', 'warning']),
  /** What is there (a version, a path, a size), null where nothing is. */
  found: z.string().nullable(),
  /** What to do, null where all is well. */
  fix: z.string().nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

/** What `bringup doctor --json` prints. */
export const doctorReportSchema = z.strictObject({
  /** Nothing that is needed is missing. */
  ok: z.boolean(),
  findings: z.array(findingSchema),
  /** The one command that installs all missing packages, null where none is missing. */
  installCommand: z.string().nullable(),
});
export type DoctorReport = z.infer<typeof doctorReportSchema>;

const marks = { ok: 'ok', missing: 'MISSING', warning: 'warning' } as const;

/** The report as plain lines: a line a finding, the fix beneath it. */
export function renderReport({ ok, findings, installCommand }: DoctorReport): string {
  const width = Math.max(...findings.map(({ id }) => id.length));
  const lines = findings.flatMap(({ id, why, state, found, fix }) => {
    const line = `${marks[state].padEnd(8)} ${id.padEnd(width)}  ${found ?? '-'}  (to ${why})`;
    return fix === null ? [line] : [line, `${' '.repeat(9)}fix: ${fix}`];
  });
  if (installCommand !== null) lines.push('', 'All missing packages at once:', installCommand);
  lines.push('', ok ? 'All that bringup needs is here.' : 'Something that bringup needs is missing (see above).');
  return `${lines.join('\n')}\n`;
}
