import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPrivateApt } from './apt.ts';
import { debianSources } from './debian-sources.ts';
import { makeArchive } from './testing/debian-archive.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bringup-apt-'));
});
afterEach(() => rm(dir, { recursive: true }));

const open = (oneLineSources: string, options = {}) =>
  openPrivateApt(join(dir, 'root'), 'arm64', debianSources([{ name: 'sources.list', text: oneLineSources }], ['deb']), options);

test('fetches from Debian’s archive only, whatever else names itself debian and offers more', async () => {
  const debian = await makeArchive(join(dir, 'one'), 'Debian', [{ name: 'hello', version: '1:1.0-1' }]);
  const other = await makeArchive(join(dir, 'two'), 'Someone', [
    { name: 'hello', version: '99' },
    { name: 'extra', version: '1' },
  ]);
  const apt = await open(`${debian}\n${other}\n`);
  await mkdir(join(dir, 'out'));
  await apt('apt-get', ['download', '-q', 'hello'], join(dir, 'out'));
  expect(await readdir(join(dir, 'out'))).toEqual(['hello_1%3a1.0-1_arm64.deb']);
  await expect(apt('apt-get', ['download', 'extra'])).rejects.toMatchObject({ code: 'artifact-failed' });
});

test('the host’s architectures, sources and lists are as before, and its hooks don’t run', async () => {
  const before = await hostState();
  const apt = await open(await makeArchive(join(dir, 'one'), 'Debian', [{ name: 'hello', version: '1' }]));
  await apt('apt-get', ['download', 'hello'], dir);
  expect(await hostState()).toEqual(before);
  const { stdout } = await execa('apt-config', ['dump'], { env: { APT_CONFIG: join(dir, 'root', 'apt.conf') } });
  expect(stdout).not.toMatch(/Post-Invoke/);
  expect(stdout).toContain('APT::Architecture "arm64"');
});

test('a network failure is tried again, and told; a cancelled one is not', async () => {
  const controller = new AbortController();
  const told: string[] = [];
  const onProgress = (message: string) => {
    told.push(message);
    if (told.length === 2) controller.abort();
  };
  const opening = open('deb http://127.0.0.1:1/debian bookworm main', { onProgress, signal: controller.signal });
  await expect(opening).rejects.toMatchObject({ code: 'aborted' });
  expect(told).toEqual([
    expect.stringMatching(/^apt-get update failed, try 1 of 4: .*Could not connect to 127\.0\.0\.1:1/s),
    expect.stringMatching(/^apt-get update failed, try 2 of 4: /),
  ]);
});

test('what a second try can’t mend is not tried again', async () => {
  const told: string[] = [];
  const apt = await open(await makeArchive(join(dir, 'one'), 'Debian', [{ name: 'hello', version: '1' }]), {
    onProgress: (m: string) => told.push(m),
  });
  await expect(apt('apt-get', ['download', 'nosuch'])).rejects.toMatchObject({
    code: 'artifact-failed',
    shortMessage: expect.stringContaining('Unable to locate package nosuch'),
  });
  expect(told).toEqual([]);
});

/** All that a private root could have touched: configuration, lists, foreign architectures. */
async function hostState() {
  const { stdout } = await execa('dpkg', ['--print-foreign-architectures']);
  const files = await Promise.all(['/etc/apt', '/var/lib/apt/lists', '/var/lib/dpkg/arch'].map(digestTree));
  return { foreign: stdout, files };
}

async function digestTree(path: string): Promise<string> {
  const { stdout } = await execa('find', [path, '-type', 'f', '-printf', '%p %s %T@\n'], { reject: false });
  return createHash('sha256').update(stdout.split('\n').sort().join('\n')).digest('hex');
}
