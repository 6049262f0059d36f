import { expect, test } from 'vitest';
import { withoutFolders } from './host-paths.ts';

test.for([
  ["kernel '/root/.cache/a/vmlinuz' is", "kernel 'vmlinuz' is"],
  ['file=/var/lib/disk.img,if=none', 'file=disk.img,if=none'],
  ['open /dev/kvm: denied', 'open kvm: denied'],
  ['-initrd /tmp/x/\n/opt/y', '-initrd \ny'],
  ['and/or 1/2 http://example.org/a', 'and/or 1/2 http://example.org/a'],
])('%j becomes %j', ([message, expected]) => {
  expect(withoutFolders(message as string)).toBe(expected);
});
