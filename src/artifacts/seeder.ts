import type { Artifact, ProvideOptions } from '../model/artifact.ts';
import { packageFile } from '../model/package-files.ts';
import { staticProgramArm64 } from './probe.ts';

/** The program initramfs/mutants/seed.c: seeds a fault, then becomes the program that was to be started. */
export function seederArm64(options: ProvideOptions = {}): Promise<Artifact> {
  return staticProgramArm64(packageFile('initramfs/mutants/seed.c'), options);
}
