import assert from 'node:assert/strict';
import type { MarkerSighting } from '../harness/console-notes.ts';
import type { BootMarker } from '../model/profile.ts';

/** Asserts that each boot marker was seen, and that their first sightings came in the profile's order. */
export function assertBootMarkers(sightings: readonly MarkerSighting[], expected: readonly BootMarker[]): void {
  const seen = [...new Set(sightings.map(({ id }) => id))];
  const list = seen.length === 0 ? 'none' : seen.join(', ');
  for (const { id, pattern } of expected) {
    const advice = 'where the kernel is not to print it, correct or remove it in the profile’s bootMarkers';
    assert.ok(seen.includes(id), `boot marker "${id}" (${pattern}) was never seen; seen: ${list}; ${advice}`);
  }
  const order = expected.map(({ id }) => id);
  assert.deepEqual(seen, order, `boot markers came in the order ${list}; expected ${order.join(', ')}`);
}
