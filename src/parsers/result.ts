import type { ResultBody } from './events.ts';

/** `[PASS] name`, `  [FAIL] name (reason)`, `[SKIP] name`. */
const bracketed = /^\s{0,16}\[(PASS|FAIL|SKIP)\]\s{1,16}(\S.*)$/;
/** `[CHECK] PASS: marker`, `[✓] PASS: name`, `PASS: text`. */
const prefixed = /^\s{0,16}(?:\[(?:CHECK|[✓✗])\] )?(PASS|FAIL|SKIP): (\S.*)$/;
/** A TAP result, number included: `ok` alone is an ordinary word. */
const tap = /^(not )?ok (\d{1,9})(?:\s|$)(.*)$/;
const tapDirective = /(?<!\\)#\s{0,16}(skip|todo)\S{0,16}(.*)$/i;

/** Reads a line that tells one test's result. Nested TAP and KTAP are not read. */
export function parseResult(text: string): ResultBody | undefined {
  const words = bracketed.exec(text) ?? prefixed.exec(text);
  if (words !== null) return withReason(words[1] as ResultBody['result'], (words[2] as string).trimEnd());
  const line = tap.exec(text);
  return line === null ? undefined : tapResult(line[1] === undefined, line[2] as string, line[3] as string);
}

/** What stands in brackets at the end of a name tells why, but for PASS: a name may end so too. */
function withReason(result: ResultBody['result'], text: string): ResultBody {
  const open = result === 'PASS' || !text.endsWith(')') ? -1 : text.lastIndexOf(' (');
  if (open <= 0) return { type: 'result', name: text, result };
  return { type: 'result', name: text.slice(0, open).trimEnd(), result, reason: text.slice(open + 2, -1) };
}

/** https://testanything.org/tap-version-14-specification.html: a failed TODO is no failure. */
function tapResult(isOk: boolean, number: string, rest: string): ResultBody {
  const directive = tapDirective.exec(rest);
  const description = (directive === null ? rest : rest.slice(0, directive.index)).trim().replace(/^- ?/, '').replace(/\\#/g, '#').trim();
  const name = description === '' ? number : description;
  if (directive === null) return { type: 'result', name, result: isOk ? 'PASS' : 'FAIL' };
  const isTodo = directive[1]?.toLowerCase() === 'todo';
  if (isTodo && isOk) return { type: 'result', name, result: 'PASS' };
  const why = (directive[2] ?? '').trim();
  const reason = isTodo ? `TODO ${why}`.trimEnd() : why;
  return { type: 'result', name, result: 'SKIP', ...(reason === '' ? {} : { reason }) };
}
