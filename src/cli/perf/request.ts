import { loadProfile } from '../../../kernel/load-profile.ts';
import { BringupError } from '../../model/errors.ts';
import type { KernelProfile } from '../../model/profile.ts';
import type { GuestOverrides } from '../../phases/guest.ts';
import { parseArguments, readCount } from '../arguments.ts';
import { type FiguresFormat, formats } from './formats.ts';

/** What `bringup perf` is asked for. */
export interface PerfRequest {
  readonly profile: KernelProfile;
  readonly overrides: Pick<GuestOverrides, 'kernel' | 'initramfs' | 'append'>;
  /** Undefined where neither the command line nor the profile names one. */
  readonly baselinePath: string | undefined;
  readonly update: boolean;
  /** Undefined for those of the baseline. */
  readonly vcpus: readonly number[] | undefined;
  readonly format: FiguresFormat;
}

const options = {
  profile: { type: 'string', default: 'linux-arm64' },
  baseline: { type: 'string' },
  update: { type: 'boolean', default: false },
  vcpus: { type: 'string' },
  format: { type: 'string', default: 'text' },
  json: { type: 'boolean', default: false },
  kernel: { type: 'string' },
  initramfs: { type: 'string' },
  append: { type: 'string', multiple: true },
} as const;

/** Reads the command line of `bringup perf`. @throws BringupError `usage`, or what is wrong with the profile. */
export async function readPerfRequest(argv: readonly string[]): Promise<PerfRequest> {
  const { values } = parseArguments(argv, options, { allowPositionals: false });
  const { kernel, initramfs, append, update } = values;
  const format = values.json ? 'json' : formats.find((each) => each === values.format);
  if (format === undefined)
    throw new BringupError('usage', `--format: expected one of ${formats.join(', ')}, got ${JSON.stringify(values.format)}`);
  const vcpus = values.vcpus?.split(',').map((word) => readCount('--vcpus', word, 1));
  const profile = await loadProfile(values.profile);
  const baselinePath = values.baseline ?? profile.baseline;
  if (update && baselinePath === undefined)
    throw new BringupError('usage', `--update: profile ${profile.id} names no baseline to write`, {
      hint: 'say where with --baseline FILE.',
    });
  return {
    profile,
    overrides: {
      ...(kernel !== undefined && { kernel }),
      ...(initramfs !== undefined && { initramfs }),
      ...(append !== undefined && { append }),
    },
    baselinePath,
    update,
    vcpus,
    format,
  };
}
