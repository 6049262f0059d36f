import { expect, test } from 'vitest';
import { parseReading } from './guest-facts.ts';

const reading = [
  'cmdline console=ttyAMA0 panic=-1',
  'cpus 4',
  'Linux version 6.1.0-56-cloud-arm64 (builder) #1 SMP Debian 6.1.192-2 (2026-11-16)',
  '12.34 40.00',
  'MemTotal:         233212 kB',
  'virtio_blk 28672 0 - Live 0xffffc0770f698000',
  'virtio_ring 40960 2 virtio_blk,virtio_net, Live 0xffffc0770f676000 (E)',
  'ffffc0770f698000 t $x\t[virtio_blk]',
  'ffffc0770f698100 t later\t[virtio_blk]',
  'ffffc0770f698000 t virtblk_probe\t[virtio_blk]',
  'ffffc0770f698000 T init_module\t[virtio_blk]',
  'ffffc0770f698080 d data\t[virtio_blk]',
  'ffffc0770f676000 T vring_new\t[virtio_ring]',
  '0000000000000000 t secret\t[virtio_ring]',
  'ffffc0770f000000 t program\t[bpf]',
].join('\n');

test('what a guest says of itself', () => {
  expect(parseReading(reading).facts).toEqual({
    release: '6.1.0-56-cloud-arm64',
    version: 'Linux version 6.1.0-56-cloud-arm64 (builder) #1 SMP Debian 6.1.192-2 (2026-11-16)',
    cmdline: 'console=ttyAMA0 panic=-1',
    uptimeMs: 12_340,
    cpus: 4,
    memoryKiB: 233_212,
    modules: ['virtio_blk', 'virtio_ring'],
  });
});

test('the code of its modules, each up to the next one’s begin or the module’s end', () => {
  expect(parseReading(reading).moduleCode).toEqual([
    { address: 0xffff_c077_0f69_8000n, name: 'virtblk_probe', size: 0x100, module: 'virtio_blk' },
    { address: 0xffff_c077_0f69_8100n, name: 'later', size: 0x6f00, module: 'virtio_blk' },
    { address: 0xffff_c077_0f67_6000n, name: 'vring_new', size: 40_960, module: 'virtio_ring' },
  ]);
});

test('another kernel, or one without /proc, says nothing', () => {
  expect(parseReading('cmdline \ncpus 0')).toEqual({ facts: undefined, moduleCode: [] });
});
