import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheRoot } from '../../artifacts/cache-root.ts';
import { debianSources } from '../../artifacts/debian-sources.ts';
import { runsFromSource } from '../../model/package-files.ts';
import type { Finding } from './report.ts';

const MiB = 1024 * 1024;

/** What is looked at beside programs and files: versions, package sources, folders and room. */
export async function hostFindings(): Promise<Finding[]> {
  const ofClone = runsFromSource ? [pnpmFinding(), sharedMemoryFinding()] : [];
  return [nodeFinding(), await qemuFinding(), debianSourceFinding(), await cacheFinding(), ...ofClone].filter(
    (finding) => finding !== null,
  );
}

function nodeFinding(): Finding {
  return ok('node', 'run bringup', `${process.version} (${process.execPath})`);
}

/** The launcher brings pnpm when it first installs something; a checkout that is installed does without. */
function pnpmFinding(): Finding {
  const toolchain = join(cacheRoot(), 'toolchain');
  const brought = existsSync(toolchain) ? readdirSync(toolchain).find((name) => name.startsWith('pnpm-')) : undefined;
  return ok('pnpm', 'install the dependencies', brought ?? 'not needed until the dependencies change; the launcher brings it then');
}

/** Debian 12's is the oldest that is tried. */
const oldestQemu = [7, 2] as const;

async function qemuFinding(): Promise<Finding | null> {
  const { stdout, failed } = await execa('qemu-system-aarch64', ['--version'], { reject: false });
  if (failed) return null;
  const version = /version (\d+)\.(\d+)\S*/.exec(stdout);
  const [text = stdout, major = 0, minor = 0] = version ?? [];
  const isOld = Number(major) < oldestQemu[0] || (Number(major) === oldestQemu[0] && Number(minor) < oldestQemu[1]);
  if (!isOld) return ok('qemu-version', 'boot AArch64 guests', text);
  return { ...ok('qemu-version', 'boot AArch64 guests', text), state: 'warning', fix: `install QEMU ${oldestQemu.join('.')} or newer.` };
}

function debianSourceFinding(): Finding {
  const why = 'download the kernel and BusyBox’s source';
  const folder = '/etc/apt/sources.list.d';
  const inFolder = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(list|sources)$/.test(name)) : [];
  const paths = ['/etc/apt/sources.list', ...inFolder.map((name) => join(folder, name))].filter((path) => existsSync(path));
  const debian = paths.filter((path) => debianSources([{ name: path, text: readFileSync(path, 'utf8') }], ['deb']) !== '');
  if (debian.length > 0) return ok('debian-source', why, debian.join(', '));
  const fix = 'add a source of Debian’s main archive below /etc/apt/sources.list.d (docs/set-up.md).';
  return { id: 'debian-source', why, state: 'missing', found: null, fix };
}

/** Toolchain, packages, BusyBox's build tree and guest images. */
const cacheRoomMiB = 1500;

async function cacheFinding(): Promise<Finding> {
  const why = 'keep kernels, BusyBox and the toolchain';
  const root = cacheRoot();
  try {
    await mkdir(root, { recursive: true });
    const freeMiB = freeMiBOf(root);
    const found = `${root}, ${freeMiB} MiB free`;
    if (freeMiB >= cacheRoomMiB) return ok('cache', why, found);
    return { id: 'cache', why, state: 'warning', found, fix: `make ${cacheRoomMiB} MiB of room, or set BRINGUP_CACHE to another disk.` };
  } catch (error) {
    const found = `${root} (${(error as NodeJS.ErrnoException).code})`;
    return { id: 'cache', why, state: 'missing', found, fix: 'set BRINGUP_CACHE to a folder that is yours.' };
  }
}

/** Chromium, which the report's tests run in, keeps its memory there: a container's default of 64 MiB is too little. */
const sharedMemoryMiB = 512;

function sharedMemoryFinding(): Finding {
  const why = 'run Chromium in the report’s tests';
  const freeMiB = existsSync('/dev/shm') ? freeMiBOf('/dev/shm') : 0;
  const found = `/dev/shm, ${freeMiB} MiB free`;
  if (freeMiB >= sharedMemoryMiB) return ok('shared-memory', why, found);
  return { id: 'shared-memory', why, state: 'warning', found, fix: `give /dev/shm ${sharedMemoryMiB} MiB (docker run --shm-size=1g).` };
}

function freeMiBOf(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return Math.floor((bavail * bsize) / MiB);
}

function ok(id: string, why: string, found: string): Finding {
  return { id, why, state: 'ok', found, fix: null };
}
