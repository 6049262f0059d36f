import { expect, test } from 'vitest';
import { ConsoleNotes, type MarkerSighting } from './console-notes.ts';

test('a marker that comes again and again is kept 100 times, and counted on', () => {
  const told: MarkerSighting[] = [];
  const bootMarkers = [
    { id: 'start', pattern: /start/ },
    { id: 'init', pattern: /init/ },
  ];
  const notes = new ConsoleNotes({ bootMarkers, startedAtMs: 0, onMarker: (sighting) => told.push(sighting) });
  const take = (text: string): void => notes.take({ text, line: 1, byteOffset: 0, terminated: true, continued: false });
  take('init');
  for (let reset = 0; reset < 1_000; reset += 1) take('start');
  expect(notes.markers).toHaveLength(101);
  expect(told).toHaveLength(101);
  expect(Object.fromEntries(notes.sightings)).toEqual({ init: 1, start: 1_000 });
  expect(notes.lastMarker).toBe('start');
});
