export { charDevice, directory, file, symlink, type CpioEntry } from './cpio-entry.ts';
export { readCpio } from './cpio-read.ts';
export { writeCpio } from './cpio-write.ts';
export { packInitramfs, probeInitramfs, standardInitramfs, type InitramfsOptions } from './initramfs.ts';
export { debianCloudKernel } from './kernel.ts';
