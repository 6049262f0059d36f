import { afterEach, expect, test, vi } from 'vitest';
import { ConsoleNotes, type MarkerSighting } from './console-notes.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

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

test('seconds in which text came are counted, of the last five and from the wait’s start', () => {
  let nowMs = 100_000;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const notes = new ConsoleNotes({ bootMarkers: [], startedAtMs: 0, onMarker: () => {} });
  const print = (text: string, sinceLastMs: number): void => {
    nowMs += sinceLastMs;
    notes.take({ text, line: 1, byteOffset: 0, terminated: true, continued: false });
  };
  for (let tick = 0; tick < 100; tick += 1) print('tick', 500);
  expect(notes.printedSeconds(0)).toBe(5);
  expect(notes.printedSeconds(nowMs - 2_000)).toBe(3);
  for (let nudge = 0; nudge < 6; nudge += 1) print(' ', 1_000);
  expect(notes.printedSeconds(0)).toBe(0);
  for (let line = 0; line < 3; line += 1) print('every three seconds', 3_000);
  expect(notes.printedSeconds(0)).toBe(2);
  print('[   27.830607] hrtimer: interrupt took 13859456 ns', 500);
  expect(notes.silentMs, 'the kernel only remarks on its host').toBe(500);
});
