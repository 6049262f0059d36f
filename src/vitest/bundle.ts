import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { bundlesFolder } from '../reporters/index.ts';
import type { CheckIdentity, CheckOutcome } from './settings.ts';
import { fileName, type TimedEvent } from './work-files.ts';

/** A machine's raw console, whole. */
export interface MachineConsole {
  readonly machine: string;
  readonly bytes: Buffer;
}

export interface Evidence {
  readonly check: CheckIdentity;
  readonly verdict: Omit<CheckOutcome, 'tries'>;
  readonly events: readonly TimedEvent[];
  readonly consoles: readonly MachineConsole[];
  /** Of the segments of its lab: pcap-ng files by their names. */
  readonly captures: ReadonlyMap<string, Buffer>;
}

/**
 * Packs the evidence of a check that did not pass: `check.json` (what it is and what it came to), `events.jsonl`, each machine's raw
 * console, of which the record may have left out the middle, and what passed on each segment of its lab. Gives the bundle's path below the reports' folder.
 */
export function writeBundle(outDir: string, { check, verdict, events, consoles, captures }: Evidence): string {
  const bundle = join(bundlesFolder, `${fileName(check.check)}.tar.gz`);
  mkdirSync(join(outDir, bundlesFolder), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'bringup-bundle-'));
  try {
    const files: Record<string, string | Buffer> = {
      'check.json': `${JSON.stringify({ ...check, ...verdict }, null, 2)}\n`,
      'events.jsonl': events.map((event) => `${JSON.stringify(event)}\n`).join(''),
      ...Object.fromEntries(consoles.map(({ machine, bytes }) => [`${machine}.console`, bytes])),
      ...Object.fromEntries(Array.from(captures, ([segment, bytes]) => [`${segment}.pcapng`, bytes])),
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    create({ sync: true, gzip: true, portable: true, cwd: folder, file: join(outDir, bundle) }, Object.keys(files));
    return bundle;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
