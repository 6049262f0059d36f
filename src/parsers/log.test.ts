import { expect, test } from 'vitest';
import { linuxLog, parseLog } from './log.ts';
import { findKernelMessage } from './printk.ts';

test.each([
  ['[Warn] net: TX failed: ETIMEDOUT', { source: 'sis', level: 'warning', module: 'net', message: 'TX failed: ETIMEDOUT' }],
  ['[Error] SMP: Invalid parameters', { source: 'sis', level: 'error', module: 'SMP', message: 'Invalid parameters' }],
  ['[Info] two words: x', { source: 'sis', level: 'info', message: 'two words: x' }],
  ['[ERROR] Invalid decision ID', { source: 'sis', level: 'error', message: 'Invalid decision ID' }],
  ['[AUTOCTL] Command complete', { source: 'sis', module: 'AUTOCTL', message: 'Command complete' }],
  ['[TIMER_INIT] x', { source: 'sis', module: 'TIMER_INIT', message: 'x' }],
  ['[LLM][POLICY] rejected', { source: 'sis', module: 'LLM', message: '[POLICY] rejected' }],
  ['** 12 printk messages dropped **', { source: 'linux', level: 'warning', message: '** 12 printk messages dropped **' }],
])('%s', (text, log) => expect(parseLog(text)).toEqual({ type: 'log', ...log }));

test.each(['[i] Quit', '[*] Launching', '[x] y', '[warn] x', 'x [Warn] y', '[AUTOCTL]x', '[]', 'plain'])('no log line: %s', (text) => {
  expect(parseLog(text)).toBeUndefined();
});

test('a kernel message has its clock, level and caller', () => {
  const message = findKernelMessage('<3>[    1.500000][   T88] ext4: bad');
  expect(message && linuxLog(message)).toEqual({
    type: 'log',
    source: 'linux',
    level: 'error',
    timestampMs: 1500,
    task: 88,
    message: 'ext4: bad',
  });
});
