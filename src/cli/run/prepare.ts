import { ensureRequirements } from '../../artifacts/requirements.ts';
import { checkKernelImage } from '../../harness/kernel-image.ts';
import { provideArtifact } from '../../harness/provide.ts';
import type { Artifact } from '../../model/artifact.ts';
import type { KernelProfile } from '../../model/profile.ts';
import type { GuestOverrides } from '../../phases/guest.ts';

/** What every guest of a run is made from. */
export interface RunArtifacts {
  readonly kernel: Artifact;
  /** Undefined where the kernel brings its own userland. */
  readonly initramfs: Artifact | undefined;
}

/** Installs what the host lacks and makes kernel and userland ready, so that no check's budget pays for it. */
export async function prepare(
  profile: KernelProfile,
  overrides: Pick<GuestOverrides, 'kernel' | 'initramfs'>,
  onProgress: (message: string) => void,
): Promise<RunArtifacts> {
  await ensureRequirements('run', { onProgress });
  const kernel = await provideArtifact(overrides.kernel ?? profile.kernel, 'kernel', { onProgress });
  await checkKernelImage(kernel.path, profile.arch);
  const userland = overrides.initramfs ?? profile.initramfs;
  return { kernel, initramfs: userland === undefined ? undefined : await provideArtifact(userland, 'initramfs', { onProgress }) };
}
