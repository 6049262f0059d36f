/** What needs a requirement: `run` boots kernels, `test` is the project's own tests, `bench` compares with other tools. */
export type RequirementScope = 'run' | 'test' | 'bench';

/** How a requirement is seen to be there: a program on PATH, or a file. */
export type Detection = { readonly program: string } | { readonly file: string };

export interface Requirement {
  readonly id: string;
  /** What bringup does with it, as the end of "needed to ...". */
  readonly why: string;
  readonly detect: Detection;
  /** The Debian package that brings it. */
  readonly debianPackage: string;
  /** `test` needs all that `run` needs, so it is named for what only tests use. */
  readonly scope: RequirementScope;
}

/** All that bringup needs on a Debian host beside Node and pnpm, which the launcher brings. */
export const requirements: readonly Requirement[] = [
  { id: 'qemu', why: 'boot AArch64 guests', detect: { program: 'qemu-system-aarch64' }, debianPackage: 'qemu-system-arm', scope: 'run' },
  { id: 'qemu-img', why: 'freeze machines with disks', detect: { program: 'qemu-img' }, debianPackage: 'qemu-utils', scope: 'run' },
  { id: 'setpriv', why: 'end QEMU with its parent', detect: { program: 'setpriv' }, debianPackage: 'util-linux', scope: 'run' },
  { id: 'flock', why: 'share the cache between runs', detect: { program: 'flock' }, debianPackage: 'util-linux', scope: 'run' },
  { id: 'apt-get', why: 'download the kernel and BusyBox’s source', detect: { program: 'apt-get' }, debianPackage: 'apt', scope: 'run' },
  { id: 'dpkg-deb', why: 'unpack Debian packages', detect: { program: 'dpkg-deb' }, debianPackage: 'dpkg', scope: 'run' },
  {
    id: 'cross-compiler',
    why: 'build BusyBox and the probes',
    detect: { program: 'aarch64-linux-gnu-gcc' },
    debianPackage: 'gcc-aarch64-linux-gnu',
    scope: 'run',
  },
  // Brings make, patch, bzip2 and xz with it.
  { id: 'dpkg-source', why: 'unpack BusyBox’s source', detect: { program: 'dpkg-source' }, debianPackage: 'dpkg-dev', scope: 'run' },
  { id: 'make', why: 'build BusyBox and the fault module', detect: { program: 'make' }, debianPackage: 'make', scope: 'run' },
  { id: 'compiler', why: 'build BusyBox’s configuration tools', detect: { program: 'gcc' }, debianPackage: 'gcc', scope: 'run' },
  {
    id: 'libc-headers',
    why: 'build BusyBox’s configuration tools',
    detect: { file: '/usr/include/stdio.h' },
    debianPackage: 'libc6-dev',
    scope: 'run',
  },
  {
    id: 'e2fsprogs',
    why: 'make and check ext2 and ext4 images',
    detect: { file: '/usr/sbin/debugfs' },
    debianPackage: 'e2fsprogs',
    scope: 'run',
  },
  // In util-linux elsewhere.
  { id: 'sfdisk', why: 'write partition tables', detect: { file: '/usr/sbin/sfdisk' }, debianPackage: 'fdisk', scope: 'run' },
  { id: 'cpio', why: 'compare the initramfs packer with cpio', detect: { program: 'cpio' }, debianPackage: 'cpio', scope: 'test' },
  { id: 'tshark', why: 'read captures of frames', detect: { program: 'tshark' }, debianPackage: 'tshark', scope: 'test' },
  { id: 'chromium', why: 'test the HTML report', detect: { program: 'chromium' }, debianPackage: 'chromium', scope: 'test' },
  { id: 'expect', why: 'compare with Tcl expect', detect: { program: 'expect' }, debianPackage: 'expect', scope: 'bench' },
  {
    id: 'pexpect',
    why: 'compare with pexpect',
    detect: { file: '/usr/lib/python3/dist-packages/pexpect/__init__.py' },
    debianPackage: 'python3-pexpect',
    scope: 'bench',
  },
];
