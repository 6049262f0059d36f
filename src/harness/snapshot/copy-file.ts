import { execa } from 'execa';
import { BringupError } from '../../model/errors.ts';

/**
 * Copies a file's content into another: shares its blocks where the file system can, else leaves its holes and zeros out.
 * @throws BringupError `snapshot-failed` with cp's reason (a full disk).
 */
export async function copyFile(from: string, to: string): Promise<void> {
  const { failed, stderr, shortMessage } = await execa('cp', ['--reflink=auto', '--sparse=always', from, to], { reject: false });
  if (!failed) return;
  throw new BringupError('snapshot-failed', `the guest’s RAM can’t be copied: ${stderr || shortMessage}`, {
    hint: 'is the disk with the temporary files full? (TMPDIR)',
  });
}
