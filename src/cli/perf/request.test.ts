import { expect, test } from 'vitest';
import { readPerfRequest } from './request.ts';

test('what the command line leaves out is the profile’s', async () => {
  const { profile, baselinePath, ...rest } = await readPerfRequest([]);
  expect(profile.id).toBe('linux-arm64');
  expect(baselinePath).toMatch(/kernel\/linux-arm64\/figures\.json$/);
  expect(rest).toEqual({ overrides: {}, update: false, vcpus: undefined, format: 'text' });
});

test('each option is taken', async () => {
  const argv = [
    '--kernel',
    'Image',
    '--initramfs',
    'cpio',
    '--append',
    'quiet',
    '--vcpus',
    '1,4',
    '--format',
    'json',
    '--baseline',
    'b.json',
    '--update',
  ];
  const { profile: _, ...rest } = await readPerfRequest(argv);
  expect(rest).toEqual({
    overrides: { kernel: 'Image', initramfs: 'cpio', append: ['quiet'] },
    baselinePath: 'b.json',
    update: true,
    vcpus: [1, 4],
    format: 'json',
  });
});

test('--json is a format', async () => {
  expect(await readPerfRequest(['--json'])).toMatchObject({ format: 'json' });
});

test.for([
  [['--format', 'xml'], '--format: expected one of text, json, github-action-benchmark, openmetrics, got "xml"'],
  [['--vcpus', '1,none'], '--vcpus'],
  [['--vcpus', '0'], '--vcpus'],
  [['a1'], 'unexpected argument'],
  [['--updat'], 'unknown option "--updat"'],
] as const)('%s is refused', async ([argv, words]) => {
  await expect(readPerfRequest(argv)).rejects.toMatchObject({
    code: 'usage',
    shortMessage: expect.stringMatching(new RegExp(words.replaceAll('-', '\\-'), 'i')),
  });
});
