import { clearCache, listCache } from '../artifacts/cache-inventory.ts';
import { cacheRoot } from '../artifacts/cache-root.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';

export const command: Command = {
  name: 'cache',
  summary: 'list or clear the cached artifacts (kernels, BusyBox, initramfs archives, probes) and frozen machines',
  usage: `usage: bringup cache [--clear] [--json]

  --clear     remove everything; the next run fetches today's versions and builds anew
  --json      print { "path", "sizeBytes", "artifacts": [ { "kind", "key", "files", "sizeBytes", "usedAtEpochMs" } ] }; frozen machines
              have the last, the time they were forked last

The cache is $BRINGUP_CACHE, else bringup below $XDG_CACHE_HOME or ~/.cache. Frozen machines take at most $BRINGUP_SNAPSHOTS_MIB (4096) there.
`,
  async run(argv, io) {
    const { values } = parseArguments(argv, { clear: { type: 'boolean' }, json: { type: 'boolean' } }, { allowPositionals: false });
    const path = cacheRoot();
    if (values.clear) await clearCache({ onProgress: (message) => io.stderr.write(`bringup: ${message}\n`) });
    const artifacts = await listCache();
    const sizeBytes = artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0);
    if (values.json) {
      io.stdout.write(`${JSON.stringify({ path, sizeBytes, artifacts })}\n`);
      return 0;
    }
    for (const { kind, key, sizeBytes: own, files, usedAtEpochMs } of artifacts) {
      const used = usedAtEpochMs === undefined ? '' : `  used ${new Date(usedAtEpochMs).toISOString().slice(0, 16)}Z`;
      io.stdout.write(`${kind.padEnd(16)} ${key.slice(0, 12)} ${mebibytes(own)}  ${files.join(' ')}${used}\n`);
    }
    io.stdout.write(`${artifacts.length} artifacts, ${mebibytes(sizeBytes).trim()}, in ${path}\n`);
    return 0;
  },
};

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1).padStart(8)} MiB`;
