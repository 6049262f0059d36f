import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BringupError } from '../model/errors.ts';
import { type CpioEntry, charDevice, directory, file, symlink } from './cpio-entry.ts';
import { readCpio } from './cpio-read.ts';
import { writeCpio } from './cpio-write.ts';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const component = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 60 })
  .filter((text) => !/[\0/]/.test(text) && !/^\.{1,2}$/.test(text) && text.isWellFormed());
const attributes = fc.record({ mode: fc.integer({ min: 0, max: 0o7777 }), uid: uint32, gid: uint32, mtime: uint32 });
const kind = fc.oneof(
  fc.record({ type: fc.constantFrom('directory' as const, 'fifo' as const, 'socket' as const) }),
  fc.record({ type: fc.constant('file' as const), data: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ type: fc.constant('symlink' as const), target: component }),
  fc.record({ type: fc.constantFrom('char-device' as const, 'block-device' as const), major: uint32, minor: uint32 }),
);
/** A tree: each node goes into one of the directories made before it, and some files get further names. */
const tree = fc.array(fc.tuple(component, attributes, kind, fc.nat(), fc.nat({ max: 3 })), { maxLength: 20 }).map((nodes) => {
  const entries: CpioEntry[] = [];
  const taken = new Set(['TRAILER!!!']);
  const add = (entry: CpioEntry) => {
    if (!taken.has(entry.path)) entries.push(entry);
    return taken.add(entry.path);
  };
  for (const [name, common, node, place, links] of nodes) {
    const directories = ['', ...entries.filter(({ type }) => type === 'directory').map(({ path }) => `${path}/`)];
    const path = `${directories[place % directories.length]}${name}`;
    if (taken.has(path)) continue;
    add({ path, ...common, ...node } as CpioEntry);
    if (node.type === 'file') for (let link = 0; link < links; link += 1) add({ type: 'hardlink', path: `${path}.${link}`, target: path });
  }
  return entries;
});

test('what is written is read back, whatever the tree', () => {
  fc.assert(
    fc.property(tree, (entries) => {
      const archive = writeCpio(entries);
      expect(archive.length % 4).toBe(0);
      expect(readCpio(archive)).toEqual(entries);
      expect(writeCpio(readCpio(archive))).toEqual(archive);
    }),
    { numRuns: 300 },
  );
});

const sample: CpioEntry[] = [
  directory('.'),
  directory('dev'),
  charDevice('dev/console', 5, 1),
  file('a', 'hello'),
  { type: 'hardlink', path: 'b', target: 'a' },
  symlink('c', 'a'),
  file('empty', ''),
];

test('the bytes are the same today as ever', () => {
  expect(createHash('sha256').update(writeCpio(sample)).digest('hex')).toBe(
    '0669e540b69a24204884874fc39eb607d9b27fd68965812267824154c3089a42',
  );
});

test('a file’s data is in its last record, as cpio has it', () => {
  const text = Buffer.from(writeCpio(sample)).toString('latin1');
  expect(text.split('hello')).toHaveLength(2);
  expect(text.indexOf('hello')).toBeGreaterThan(text.indexOf('b\0'));
});

const deep = Array.from({ length: 20 }, (_, depth) =>
  Array(depth + 1)
    .fill('d'.repeat(240))
    .join('/'),
);
test.each<[string, CpioEntry[], RegExp]>([
  ['twice', [file('a', ''), file('a', '')], /"a" is there twice/],
  ['no parent', [file('x/y', '')], /"x\/y" comes before its directory, "x"/],
  ['a file as parent', [file('x', ''), file('x/y', '')], /"x\/y" comes before its directory/],
  ['child before parent', [file('x/y', ''), directory('x')], /"x\/y" comes before its directory/],
  ['absolute', [file('/etc', '')], /absolute path/],
  ['dot-dot', [file('a/../b', '')], /`\.\.` component/],
  ['dot-dot alone', [file('..', '')], /`\.\.` component/],
  ['dot inside', [directory('a'), file('a/./b', '')], /`\.` or `\.\.` component/],
  ['empty component', [directory('a'), file('a//b', '')], /an empty/],
  ['trailing slash', [directory('a/')], /an empty/],
  ['empty', [file('', '')], /empty path/],
  ['trailer', [file('TRAILER!!!', '')], /name that ends an archive/],
  ['zero byte', [file('a\0b', '')], /zero byte in its path/],
  ['lone surrogate', [file('\ud800', '')], /lone surrogate in its path/],
  ['long name', [file('n'.repeat(256), '')], /component of more than 255 bytes/],
  ['long name, in bytes', [file('é'.repeat(128), '')], /component of more than 255 bytes/],
  ['long path', deep.map((path) => directory(path)), /path of more than 4095 bytes/],
  ['long target', [symlink('a', 't'.repeat(4096))], /target of more than 4095 bytes/],
  ['empty target', [symlink('a', '')], /empty target/],
  ['root as a file', [file('.', '')], /only be a directory/],
  ['4 GiB', [{ ...file('a', ''), data: { length: 2 ** 32 } } as CpioEntry], /4294967296 bytes; the format ends at 4 GiB/],
  ['mode', [file('a', '', 0o10000)], /mode 0o10000/],
  ['owner', [{ ...directory('a'), uid: 2 ** 32 } as CpioEntry], /uid 4294967296/],
  ['negative time', [{ ...directory('a'), mtime: -1 } as CpioEntry], /mtime -1/],
  ['device number', [charDevice('a', 1.5, 0)], /major 1.5/],
  ['link to nothing', [{ type: 'hardlink', path: 'a', target: 'b' }], /hard link to "b", which is no file that comes before/],
  ['link to a directory', [directory('d'), { type: 'hardlink', path: 'a', target: 'd' }], /hard link to "d"/],
])('refused, by name: %s', (_, entries, message) => {
  expect(() => writeCpio(entries)).toThrow(
    expect.objectContaining({ code: 'artifact-failed', shortMessage: expect.stringMatching(message) }),
  );
});

test('the longest names that fit are written and read', () => {
  const entries = [...deep.slice(0, 16).map((path) => directory(path)), symlink('t', 't'.repeat(4095)), file('n'.repeat(255), 'x')];
  expect(readCpio(writeCpio(entries))).toEqual(entries);
});

test('archives one after another, with zeros between, before and behind them', () => {
  const other = [file('other', 'x')];
  const zeros = new Uint8Array(512);
  expect(readCpio(Buffer.concat([zeros, writeCpio(sample), zeros, writeCpio(other), zeros]))).toEqual([...sample, ...other]);
});

test('cut at any byte, an archive is refused with an offset', () => {
  const archive = writeCpio(sample);
  const end = archive.length - 1;
  for (let length = 1; length < end; length += 1) {
    expect(() => readCpio(archive.subarray(0, length)), `cut at ${length}`).toThrow(
      expect.objectContaining({ code: 'image-invalid', shortMessage: expect.stringMatching(/^initramfs archive, byte \d+: /) }),
    );
  }
});

test('whatever byte is garbled, the reader ends with entries or with an error of its own', () => {
  const archive = writeCpio(sample);
  fc.assert(
    fc.property(fc.nat({ max: archive.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
      const garbled = archive.slice();
      garbled[at] = value;
      try {
        readCpio(garbled);
      } catch (error) {
        expect(error).toBeInstanceOf(BringupError);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each<[string, (archive: Buffer) => void, RegExp]>([
  ['magic', (archive) => archive.write('070707', 0), /byte 0: expected the magic 070701 or 070702, got "070707"/],
  ['a field', (archive) => archive.write('0x', 6), /byte 0: a header field/],
  ['name size', (archive) => archive.write('00001001', 94), /byte 0: a name of 4097 bytes/],
  ['file size', (archive) => archive.write('ffffffff', 54), /byte 0: the archive ends at \d+, inside a record/],
  ['type', (archive) => archive.write('0000f000', 14), /byte 0: mode 0o170000/],
  ['name', (archive) => archive.write('\xff', 110, 'latin1'), /byte 0: a name that is not UTF-8/],
  ['name’s end', (archive) => archive.write('x', 111), /byte 0: a name that does not end/],
])('garbled %s', (_, garble, message) => {
  const archive = Buffer.from(writeCpio([file('a', 'x')]));
  garble(archive);
  expect(() => readCpio(archive)).toThrow(message);
});

test('a name that leads out of the archive is refused', () => {
  const archive = Buffer.from(writeCpio([file('ab', 'x')]));
  archive.write('..', 110);
  expect(() => readCpio(archive)).toThrow(/the name "\.\." leads out of the archive/);
});
