import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandText, lastBegunCommand, newSession, readyCommand, setUpText } from './posix.ts';
import { cut, encode, quote } from './quoting.ts';

const sh = (script: string): string => execFileSync('sh', ['-c', script], { encoding: 'utf8' });
const anyText = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !text.includes('\0') && text.isWellFormed());

describe('quoting', () => {
  test('gives a shell the very text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(sh(`printf %s ${quote(text)}x`)).toBe(`${text}x`);
      }),
      { numRuns: 60 },
    );
  });

  test('encodes any command in characters that can be typed, which printf(1) turns back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { text: typed, encoded } = encode(text);
        expect(typed).toMatch(/^[\x20-\x7e]*$/);
        expect(encoded ? sh(`printf ${quote(typed)}x`) : `${typed}x`).toBe(`${text}x`);
      }),
      { numRuns: 60 },
    );
  });

  test('cuts text into lines that make it up again', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), fc.integer({ min: 1, max: 90 }), (text, maxChars) => {
        const lines = cut(text, maxChars);
        expect(lines.join('')).toBe(text);
        expect(lines.every((line) => line.length > 0 && line.length <= maxChars)).toBe(true);
      }),
    );
  });
});

describe('what is typed', () => {
  const session = newSession();

  test('is printable, fits the line editor, and holds no frame', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 900 }),
        fc.constantFrom('tty', 'captured'),
        fc.integer({ min: 128, max: 1_000 }),
        (command, mode, max) => {
          const text = commandText(123_456, command, mode, max);
          const { first, opening, lines } = setUpText(session, max);
          const typed = [
            ...('line' in text ? [text.line] : [text.opening, ...text.lines]),
            ...first,
            opening,
            ...lines,
            readyCommand(session, 123_456),
            lastBegunCommand(123_456),
          ];
          for (const line of typed) {
            expect(line).toMatch(/^[\x20-\x7e]+$/);
            expect(line.length).toBeLessThanOrEqual(max);
            expect(line).not.toContain('@@');
          }
        },
      ),
    );
  });
});
