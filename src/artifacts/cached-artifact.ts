/** What the cache's inventory tells of an entry. */
export interface CachedArtifact {
  readonly kind: string;
  /** Digest of what it was made from. */
  readonly key: string;
  readonly files: readonly string[];
  readonly sizeBytes: number;
  /** When a snapshot was forked last, in milliseconds since the epoch. */
  readonly usedAtEpochMs?: number;
}
