import { expect, test } from 'vitest';
import { requireNode } from './node-version.ts';

test.each([
  ['18.20.4', false],
  ['22.17.1', false],
  ['22.18.0', true],
  ['22.19.0', true],
  ['23.11.0', false],
  ['24.10.9', false],
  ['24.11.0', true],
  ['24.21.0', true],
  ['25.9.0', false],
  ['26.0.0', true],
  ['100.0.0', true],
])('Node %s is good enough: %j', (version, fits) => {
  if (fits) expect(() => requireNode(version)).not.toThrow();
  else expect(() => requireNode(version)).toThrow(`and this is ${version}`);
});
