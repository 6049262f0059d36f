import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Artifact, ArtifactProvider, ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import type { RunEventOf } from '../model/run-event.ts';

type ArtifactRecord = RunEventOf<'run.started'>['artifacts'][number];

/**
 * Makes an artifact ready: a provider does so itself, a file is hashed.
 * @throws BringupError `file-not-found`, or what the provider throws.
 */
export async function provideArtifact(source: string | ArtifactProvider, role: string, options: ProvideOptions = {}): Promise<Artifact> {
  if (typeof source === 'function') return source(options);
  const path = resolve(source);
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw new BringupError('file-not-found', `${role} ${basename(path)} can’t be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'check the path that was given.',
      cause: error,
    });
  }
  return { path, sha256: hash.digest('hex'), name: basename(path) };
}

/** An artifact as the record names it, without its path. */
export function artifactRecord(role: ArtifactRecord['role'], { name, version, sha256 }: Artifact): ArtifactRecord {
  return { role, name, ...(version !== undefined && { version }), sha256 };
}
