import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { directory, file } from './cpio-entry.ts';
import { decodeInitramfs, encodeInitramfs } from './initramfs-file.ts';

const entries = [directory('etc'), file('etc/motd', 'welcome '.repeat(1000))];

test.each([{ gzip: false }, { gzip: true }])('an initramfs is read back, with %j', (format) => {
  expect(decodeInitramfs(encodeInitramfs(entries, format))).toEqual(entries);
});

test('gzip’s header holds no time, no name and no system', () => {
  const bytes = encodeInitramfs(entries, { gzip: true });
  expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
  expect(bytes.length).toBeLessThan(gunzipSync(bytes).length / 10);
});

test('cut gzip data is named as such', () => {
  const bytes = encodeInitramfs(entries, { gzip: true });
  expect(() => decodeInitramfs(bytes.subarray(0, -20))).toThrow(
    expect.objectContaining({ code: 'image-invalid', shortMessage: expect.stringMatching(/gzip data can’t be unpacked/) }),
  );
});
