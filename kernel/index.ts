import type { KernelProfile } from '../src/model/profile.ts';
import { linuxArm64 } from './linux-arm64/profile.ts';
import { linuxArm64Virtio } from './linux-arm64-virtio/profile.ts';

export { linuxArm64, linuxArm64Virtio };

/** Every profile that ships with bringup, by its id. */
export const kernels: Readonly<Record<string, KernelProfile>> = {
  [linuxArm64.id]: linuxArm64,
  [linuxArm64Virtio.id]: linuxArm64Virtio,
};
