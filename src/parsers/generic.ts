import type { BootMarker } from '../model/profile.ts';
import type { RegisteredPattern } from './crash-signatures.ts';

/** Boot markers of a log whose kernel nobody named: those of Linux and of SIS (self_check.sh and the daemon's nine). */
export const genericBootMarkers: readonly BootMarker[] = [
  { id: 'linux-entry', pattern: /Booting Linux on physical CPU|Linux version \d/ },
  { id: 'linux-init', pattern: /Run \/\S{0,200} as init process/ },
  { id: 'kernel-u', pattern: /KERNEL\(U\)/ },
  { id: 'stack-ok', pattern: /STACK OK/ },
  { id: 'vectors-ok', pattern: /VECTORS OK/ },
  { id: 'mmu-sctlr', pattern: /MMU: SCTLR/ },
  { id: 'mmu-on', pattern: /MMU ON/ },
  { id: 'uart-ready', pattern: /UART: READY/ },
  { id: 'gic-init', pattern: /GIC: INIT/ },
  { id: 'launching-shell', pattern: /LAUNCHING SHELL/ },
];

/** Prompts of a log whose kernel nobody named: SIS's shell and BusyBox's. */
export const genericPrompt = /(?:sis>|[/~] #) $/;

/** Crash patterns of a log whose kernel nobody named, too common a word for any other: early SIS prints nothing else. */
export const genericCrashPatterns: readonly RegisteredPattern[] = [
  { id: 'sis-bare-panic', pattern: /^PANIC$/, title: 'SIS panic', notLinux: true },
];
