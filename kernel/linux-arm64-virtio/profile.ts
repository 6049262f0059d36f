import { standardInitramfs, virtioModules, virtioSerialModules } from '../../src/artifacts/index.ts';
import { defineKernelProfile } from '../../src/model/profile.ts';
import { linuxArm64 } from '../linux-arm64/profile.ts';

/** The reference with a shell beside the console: its drivers are modules of the cloud kernel, and make the boot longer. */
export const linuxArm64Virtio = defineKernelProfile({
  id: 'linux-arm64-virtio',
  extends: linuxArm64,
  title: 'Linux on AArch64, its shell on a virtio serial port',
  initramfs: standardInitramfs({ modules: [...new Set([...virtioModules, ...virtioSerialModules])] }),
  shellOn: 'virtio-serial',
});
