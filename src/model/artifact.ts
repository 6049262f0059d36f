import { z } from 'zod';

/** A file the guest is made from, and where it came from. */
export const artifactSchema = z.object({
  /** Absolute path on the host. Never enters a report. */
  path: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** What it is, e.g. a package's name or a file's base name. */
  name: z.string(),
  /** Version of the package or recipe, where there is one. */
  version: z.string().optional(),
});
export type Artifact = z.infer<typeof artifactSchema>;

export interface ProvideOptions {
  signal?: AbortSignal;
  /** Told each step that takes time ("building BusyBox 1.35.0"). */
  onProgress?: (message: string) => void;
}

/** Makes an artifact ready (fetch, build, or take from the cache) and says which one it is. */
export type ArtifactProvider = (options?: ProvideOptions) => Promise<Artifact>;
