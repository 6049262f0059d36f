import type { BootMarker } from '../model/profile.ts';
import type { MarkerBody } from './events.ts';
import { stateless } from './stateless.ts';

/** Boot markers -> a function that gives those in a line, in the order in which they stand there, each at most once. */
export function markerParser(markers: readonly BootMarker[]): (text: string) => MarkerBody[] {
  const known = markers.map(({ id, pattern }) => ({ id, pattern: stateless(pattern) }));
  return (text) => {
    const found: { index: number; body: MarkerBody }[] = [];
    for (const { id, pattern } of known) {
      const match = pattern.exec(text);
      if (match !== null) found.push({ index: match.index, body: { type: 'marker', marker: id, text: match[0] } });
    }
    return found.sort((a, b) => a.index - b.index).map(({ body }) => body);
  };
}
