import { expect, test } from 'vitest';
import { assertBootMarkers } from './boot-markers.ts';

const markers = ['one', 'two'].map((id) => ({ id, pattern: new RegExp(id) }));
const sightings = (...ids: string[]) => ids.map((id, index) => ({ id, line: index + 1, byteOffset: 0, sinceStartMs: 0 }));

test('every marker in order passes, also where one comes again', () => {
  expect(() => assertBootMarkers(sightings('one', 'two', 'one'), markers)).not.toThrow();
});

test('a marker that never came is named with its pattern, and so is what came instead', () => {
  expect(() => assertBootMarkers(sightings('one'), markers)).toThrow('boot marker "two" (/two/) was never seen; seen: one');
  expect(() => assertBootMarkers([], markers)).toThrow('seen: none');
});

test('a wrong order is told', () => {
  expect(() => assertBootMarkers(sightings('two', 'one'), markers)).toThrow('came in the order two, one; expected one, two');
});
