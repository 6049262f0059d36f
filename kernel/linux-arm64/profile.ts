import { debianCloudKernel, standardInitramfs } from '../../src/artifacts/index.ts';
import { defineKernelProfile } from '../../src/model/profile.ts';

/** The reference: Debian's AArch64 cloud kernel with the standard initramfs. */
export const linuxArm64 = defineKernelProfile({
  id: 'linux-arm64',
  title: 'Linux (Debian cloud kernel) on AArch64',
  arch: 'aarch64',
  kernel: debianCloudKernel({ arch: 'arm64' }),
  initramfs: standardInitramfs(),
  cmdline: ['console=ttyAMA0', 'rdinit=/sbin/init', 'panic=-1'],
  machine: { type: 'virt,gic-version=3', cpu: 'cortex-a72' },
  memoryMiB: 256,
  vcpus: 1,
  prompt: /\/ # $/,
  bootMarkers: [
    { id: 'entry', pattern: /Booting Linux on physical CPU/ },
  ],
  shellDialect: 'posix',
});
