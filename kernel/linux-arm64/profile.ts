import { join } from 'node:path';
import { debianCloudKernel, standardInitramfs, virtioModules } from '../../src/artifacts/index.ts';
import { packageRoot } from '../../src/model/package-files.ts';
import { defineKernelProfile } from '../../src/model/profile.ts';

/** The reference: Debian's AArch64 cloud kernel with the standard initramfs, and its modules for virtio devices. */
export const linuxArm64 = defineKernelProfile({
  id: 'linux-arm64',
  title: 'Linux on AArch64 (Debian’s cloud kernel)',
  arch: 'aarch64',
  kernel: debianCloudKernel({ arch: 'arm64' }),
  initramfs: standardInitramfs({ modules: virtioModules }),
  // Linux Documentation/admin-guide/kernel-parameters.txt
  cmdline: [
    'console=ttyAMA0',
    // Without it a kernel that dies before its console driver starts, for want of memory say, dies in silence.
    'earlycon',
    'rdinit=/sbin/init',
    // A panic resets the machine at once, and so ends QEMU: all of its text is on the wire by then.
    'panic=-1',
    // The self-tests of the ciphers are three quarters of the boot's instructions.
    'cryptomgr.notests',
    // Debian's kernel would refuse the keys that tell what a hung machine's CPUs and tasks are at.
    'sysrq_always_enabled',
  ],
  // -cpu max would take four times as long: TCG computes its pointer authentication in software.
  machine: { type: 'virt,gic-version=3', cpu: 'cortex-a72' },
  memoryMiB: 256,
  vcpus: 1,
  // The current directory, then `#`.
  prompt: /\/\S{0,255} # $/,
  // Those that come in the same order in 6.1 (Debian 12) and 6.12 (Debian 13).
  bootMarkers: [
    { id: 'entry', pattern: /Booting Linux on physical CPU/ },
    { id: 'version', pattern: /Linux version \d/ },
    { id: 'machine', pattern: /Machine model: / },
    { id: 'interrupts', pattern: /GICv3: \d+ SPIs implemented/ },
    { id: 'timer', pattern: /arch_timer: cp15 timer\(s\) running/ },
    { id: 'vcpus', pattern: /smp: Brought up \d+ nodes?, \d+ CPUs?/ },
    { id: 'console', pattern: /console \[ttyAMA0\] enabled/ },
    { id: 'init', pattern: /Run \/sbin\/init as init process/ },
  ],
  shellDialect: 'posix',
  capabilities: ['sysrq', 'kaslr', 'cpu-hotplug', 'seccomp', 'ipv6'],
  claims: { vcpus: [1, 2, 4, 8] },
  deviations: {
    'd.wx.refused': 'Linux gives a program pages that can be written and executed, if it asks for them',
    'a1.exec.overlapping-segments':
      'Linux maps overlapping segments one over the other, and what a file lacks of its last page reads as zeros: both programs run',
  },
  baseline: join(packageRoot, 'kernel/linux-arm64/figures.json'),
  // Twenty times what it takes on an idle host.
  timeouts: { bootMs: 30_000 },
});
