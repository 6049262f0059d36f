import { expect, test } from 'vitest';
import { directory, file, symlink } from '../artifacts/index.ts';
import { seedBeforeInit, seedBeforeShell } from './install-seeder.ts';

const seeder = Buffer.from('seeder');

test('init moves to where the seeder starts it, and the seeder takes its place', () => {
  const init = file('sbin/init', 'probe', 0o755);
  expect(seedBeforeInit([directory('sbin'), init, symlink('init', 'sbin/init')], seeder)).toEqual([
    { ...init, path: 'mutant/init' },
    directory('sbin'),
    file('sbin/init', seeder, 0o755),
    symlink('init', 'sbin/init'),
  ]);
});

test.for([
  ['::respawn:/bin/cttyhack /bin/sh -l', '::respawn:/bin/cttyhack /mutant/seed /bin/sh -l'],
  ['ttyAMA0::respawn:/bin/ash', 'ttyAMA0::respawn:/mutant/seed /bin/ash'],
])('the line %s starts the seeder with the shell as its arguments', ([line, changed]) => {
  const inittab = (text: string) => file('etc/inittab', `::sysinit:/bin/sh /etc/rcS\n${text}\n::shutdown:/bin/umount -a\n`);
  expect(seedBeforeShell([inittab(line as string)], seeder)).toEqual([file('mutant/seed', seeder, 0o755), inittab(changed as string)]);
});

test.for([
  ['without an inittab', []],
  ['whose inittab starts a login', [file('etc/inittab', '::respawn:/sbin/getty 38400 tty1\n')]],
  ['that runs a shell once', [file('etc/inittab', '::sysinit:/bin/sh\n')]],
] as const)('a userland %s is refused', ([, entries]) => {
  expect(() => seedBeforeShell(entries, seeder)).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('an initramfs without /sbin/init is refused', () => {
  expect(() => seedBeforeInit([symlink('init', 'bin/sh')], seeder)).toThrow(expect.objectContaining({ code: 'usage' }));
});
