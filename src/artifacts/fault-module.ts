import type { ArtifactProvider } from '../model/artifact.ts';
import { packageFile } from '../model/package-files.ts';
import { builtModule } from './built-module.ts';

/** The module initramfs/mutants/fault for Debian's arm64 cloud kernel, the one in the cache. It seeds the fault that its parameter `fault` names. */
export function faultModule(): ArtifactProvider {
  return builtModule({ name: 'fault', folder: packageFile('initramfs/mutants/fault') });
}
