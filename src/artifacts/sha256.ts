import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const known = new Map<string, { fingerprint: string; sha256: string }>();

/**
 * Digest of a file, as lower-case hex. This process reads a file again only where its inode, size or times changed:
 * hashing a kernel for each of a hundred boots would cost more than a boot.
 */
export async function sha256File(path: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  const fingerprint = [ino, size, mtimeNs, ctimeNs].join(':');
  const before = known.get(path);
  if (before?.fingerprint === fingerprint) return before.sha256;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  const sha256 = hash.digest('hex');
  known.set(path, { fingerprint, sha256 });
  return sha256;
}
