import { readFile } from 'node:fs/promises';
import { linuxArm64 } from '../../kernel/index.ts';
import { debianCloudKernel, file, packInitramfs, standardInitramfs } from '../../src/artifacts/index.ts';
import { arrange, baseDirectories, busyboxEntries, earlyDevices, skeleton } from '../../src/artifacts/rootfs.ts';
import { runTool } from '../../src/artifacts/tool.ts';
import { packageFile } from '../../src/model/package-files.ts';
import { defineKernelProfile, type KernelProfile } from '../../src/model/profile.ts';

/** A machine that forks are made of. */
export interface CorpusMachine {
  readonly profile: KernelProfile;
  /** What the logs say of where they come from. */
  readonly kernel: string;
  /** Typed before the machine is frozen. */
  readonly setUp: readonly string[];
}

export interface CorpusKernel {
  readonly image: string;
  /** The crash module for it. */
  readonly module: string;
  /** Its package and version. */
  readonly name: string;
}

/** A machine with the crash module as /crash.ko, loaded. */
export async function corpusMachine(
  id: string,
  kernel: CorpusKernel,
  change: { append?: readonly string[]; vcpus?: number; memoryMiB?: number; cpu?: string; base?: KernelProfile } = {},
): Promise<CorpusMachine> {
  const module = file('crash.ko', await readFile(kernel.module));
  const base = change.base ?? linuxArm64;
  const profile = defineKernelProfile({
    extends: base,
    id,
    kernel: kernel.image,
    initramfs: change.base?.initramfs ?? standardInitramfs({ overlay: [module] }),
    cmdline: [...base.cmdline, ...(change.append ?? [])],
    vcpus: change.vcpus ?? 1,
    memoryMiB: change.memoryMiB ?? 256,
    machine: { ...base.machine, ...(change.cpu && { cpu: change.cpu }) },
  });
  return { profile, kernel: kernel.name, setUp: ['insmod /crash.ko'] };
}

/** Debian's x86-64 cloud kernel, with Debian's own BusyBox. */
export async function x86Profile(busybox: string, module: string): Promise<KernelProfile> {
  const binary = await readFile(busybox);
  const rootfs = await skeleton(packageFile('initramfs/rootfs'));
  const applets = (await runTool(busybox, ['--list-full'])).split('\n').filter(Boolean);
  const entries = [
    ...baseDirectories(),
    ...earlyDevices,
    ...busyboxEntries(binary, applets),
    ...rootfs,
    file('crash.ko', await readFile(module)),
  ];
  return defineKernelProfile({
    id: 'corpus-x86-64',
    title: 'Linux on x86-64',
    arch: 'x86_64',
    kernel: debianCloudKernel({ arch: 'amd64' }),
    initramfs: packInitramfs(arrange(entries)),
    cmdline: ['console=ttyS0', 'rdinit=/sbin/init', 'panic=-1', 'cryptomgr.notests'],
    machine: { type: 'q35', cpu: 'max' },
    memoryMiB: 256,
    vcpus: 1,
    prompt: /\/\S{0,255} # $/,
    shellDialect: 'posix',
  });
}
