import type { KernelProfile } from '../model/profile.ts';
import { runTool, type ToolOptions } from './tool.ts';

type Arch = KernelProfile['arch'];

/** The C compiler that makes programs for a guest, by its GNU triplet. */
export interface CrossCompiler {
  readonly command: string;
  /** What the triplet-prefixed tools begin with, e.g. `aarch64-linux-gnu-`. */
  readonly prefix: string;
  /** First line of `--version`; part of every cache key that its output depends on. */
  readonly version: string;
}

const triplets: Readonly<Record<Arch, string>> = { aarch64: 'aarch64-linux-gnu', x86_64: 'x86_64-linux-gnu' };

/** @throws BringupError `requirement-missing` where it is not installed. */
export async function crossCompiler(arch: Arch, options: ToolOptions = {}): Promise<CrossCompiler> {
  const prefix = `${triplets[arch]}-`;
  const command = `${prefix}gcc`;
  const version = (await runTool(command, ['--version'], options)).split('\n')[0] ?? '';
  return { command, prefix, version };
}
