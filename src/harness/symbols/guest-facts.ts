import type { Shell } from '../shell/shell.ts';
import { type CodeSymbol, isCode } from './guest-symbols.ts';

/** What a Linux guest says of itself. */
export interface GuestFacts {
  /** The kernel's release, as uname(1) has it. */
  readonly release: string;
  /** All of `/proc/version`. */
  readonly version: string;
  /** The kernel's parameters as it got them. */
  readonly cmdline: string;
  /** Time since the guest's boot. */
  readonly uptimeMs: number;
  /** vCPUs that are online. */
  readonly cpus: number;
  /** RAM that the kernel has for itself and its programs (`MemTotal`). */
  readonly memoryKiB: number;
  /** Names of the kernel's loaded modules. */
  readonly modules: readonly string[];
}

/** What was read in a guest. */
export interface GuestReading {
  /** Undefined where the guest is no Linux, or has no `/proc`. */
  readonly facts: GuestFacts | undefined;
  /** The code of its kernel's modules, which the kernel's own table lacks. Empty where their addresses are kept secret. */
  readonly moduleCode: readonly CodeSymbol[];
}

/** One command, since each costs a round over the console. All symbols are read only where there are modules: it takes a second under TCG. (proc(5)) */
const command = [
  `printf 'cmdline %s\\ncpus %s\\n' "$(cat /proc/cmdline)" "$(grep -c ^processor /proc/cpuinfo)"`,
  'cat /proc/version /proc/uptime',
  'grep ^MemTotal: /proc/meminfo',
  `! grep . /proc/modules || grep -F '[' /proc/kallsyms`,
].join('; ');

/** @throws BringupError as `shell.run` does. */
export async function readGuest(shell: Shell): Promise<GuestReading> {
  const { output } = await shell.run(`{ ${command}; } 2>/dev/null`, { captured: true });
  return parseReading(output);
}

/** Takes what the command printed apart. */
export function parseReading(text: string): GuestReading {
  const modules = [...text.matchAll(/^(\S+) (\d+) \S+ \S+ (?:Live|Loading|Unloading) 0x([0-9a-f]+)/gm)].map(
    ([, name = '', sizeBytes = '', address]) => [name, BigInt(`0x${address}`) + BigInt(sizeBytes)] as const,
  );
  const ends = new Map(modules);
  const moduleCode = codeOfModules(text, (module) => ends.get(module));
  const value = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
  const version = value(/^(Linux version .*)$/m);
  if (version === '') return { facts: undefined, moduleCode };
  const facts: GuestFacts = {
    release: value(/^Linux version (\S+)/m),
    version,
    cmdline: value(/^cmdline (.*)$/m),
    uptimeMs: Math.round(Number(value(/^(\d+\.\d+) \d+\.\d+$/m)) * 1_000),
    cpus: Number(value(/^cpus (\d+)$/m)),
    memoryKiB: Number(value(/^MemTotal: +(\d+) kB$/m)),
    modules: modules.map(([name]) => name),
  };
  return { facts, moduleCode };
}

/**
 * They come in no order, and `$x` and the like among them mark pieces. (ELF for the Arm 64-bit Architecture, "Mapping symbols")
 */
function codeOfModules(text: string, endOf: (module: string) => bigint | undefined): CodeSymbol[] {
  const byModule = Map.groupBy(text.matchAll(/^([0-9a-f]+) (\w) ([^\s$]\S*)\t\[(\S+)\]$/gm), ([, , , , module = '']) => module);
  return [...byModule].flatMap(([module, lines]) => {
    const code = lines.filter(([, address = '', type = '']) => isCode(type) && !/^0+$/.test(address));
    // Of several names for one address it is the first, as in the kernel's reports.
    const byAddress = new Map(code.toReversed().map(([, address, , name = '']) => [BigInt(`0x${address}`), name]));
    const sorted = [...byAddress].sort(([one], [other]) => Number(one - other));
    return sorted.flatMap(([address, name], index) => {
      const end = sorted[index + 1]?.[0] ?? endOf(module) ?? address;
      return end > address ? [{ address, name, size: Number(end - address), module }] : [];
    });
  });
}
