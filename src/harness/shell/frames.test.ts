import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Frame, frameCheck, framesIn, kinds } from './frames.ts';

const nonce = 'c0ffee01';

function print(sequence: number, kind: number, number: number, text: string): string {
  return `@@br:${nonce}:${sequence}:${kind}:${number}:${text}:${frameCheck(sequence, kind, number, text.length)}@@`;
}

describe('framesIn', () => {
  test.each<[number, number, string, Frame]>([
    [kinds.begin, 0, '', { kind: 'begin', sequence: 7 }],
    [kinds.refused, 0, '', { kind: 'refused', sequence: 7 }],
    [kinds.end, 130, '', { kind: 'end', sequence: 7, exitStatus: 130 }],
    [kinds.data, 3, 'aGkK', { kind: 'data', sequence: 7, index: 3, base64: 'aGkK' }],
    [kinds.sent, 3, 'ab12', { kind: 'sent', sequence: 7, count: 3, sha256: 'ab12' }],
    [kinds.ready, 581, '', { kind: 'ready', sequence: 7, chars: 581 }],
  ])('reads kind %i', (kind, number, text, frame) => {
    expect(framesIn(print(7, kind, number, text), nonce)).toEqual([{ frame, before: '' }]);
  });

  test('tells what stands before each of several', () => {
    const line = `xx${print(1, kinds.begin, 0, '')}y${print(1, kinds.end, 0, '')}z`;
    expect(framesIn(line, nonce).map(({ frame, before }) => [frame.kind, before])).toEqual([
      ['begin', 'xx'],
      ['end', 'y'],
    ]);
  });

  test.each([
    ['another session’s', print(1, kinds.end, 0, '').replace(nonce, 'c0ffee02')],
    ['a kind that is none', print(1, 9, 0, '')],
    ['its own echo', `printf '\\n@''@br:${nonce}:%s:%s:%s:%s:%s@''@\\n' 1 6 0 '' 6085`],
    ['a numberless', `@@br:${nonce}:1:3:::5@@`],
  ])('takes %s for no frame', (_, line) => {
    expect(framesIn(line, nonce)).toEqual([]);
  });

  test('never takes a control frame with one byte changed, added or lost for another one', () => {
    const controls = fc.constantFrom(kinds.begin, kinds.refused, kinds.end, kinds.ready);
    const edit = fc.record({ at: fc.nat(60), how: fc.constantFrom('change', 'add', 'lose'), byte: fc.integer({ min: 0x20, max: 0x7e }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), controls, fc.nat(255), edit, (sequence, kind, number, { at, how, byte }) => {
        const line = print(sequence, kind, number, '');
        const position = at % line.length;
        const rest = line.slice(how === 'add' ? position : position + 1);
        const damaged = line.slice(0, position) + (how === 'lose' ? '' : String.fromCharCode(byte)) + rest;
        const [was] = framesIn(line, nonce);
        for (const { frame } of framesIn(damaged, nonce)) expect(frame).toEqual(was?.frame);
      }),
      { numRuns: 5_000 },
    );
  });
});
