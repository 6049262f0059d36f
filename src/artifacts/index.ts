export { type CpioEntry, charDevice, directory, file, symlink } from './cpio-entry.ts';
export { faultModule } from './fault-module.ts';
export { packInitramfs, probeInitramfs, type StandardInitramfsOptions, standardInitramfs } from './initramfs.ts';
export { decodeInitramfs, encodeInitramfs, type InitramfsFormat } from './initramfs-file.ts';
export { debianCloudKernel } from './kernel.ts';
export { virtioModules } from './kernel-modules.ts';
export { withKernelModules, withPrograms } from './programs.ts';
export { seederArm64 } from './seeder.ts';
export { storedSnapshot } from './snapshot-store.ts';
